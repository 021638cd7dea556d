"""The operating system of a sled's host, as somebody at its serial console sees it.

    terminal side      `../sled_host.py` (the console), `../line_shell.py` (echo, lines, Ctrl-C)
    boot_story         what a boot says, as the physics comes to it     kernel_log, watcher   what the kernel says
    words, interpreter a line into commands; exit codes, pipes, redirections
    machine            what commands run on                             commands              which there are
    file_tree, sysfs, system_files                                      the files that can be read and written
    basic_commands, text_commands, dmesg, lspci, workload, neuron_ls, neuron_monitor, nccom_test      one command each
    devices, executions, workload_result, power_use                     what several of them show alike

Fields and files of the public Neuron tools are those of the AWS Neuron documentation, release 2.32, and of the driver's
sysfs; everything that they show comes from `physics/`, so that two tools never disagree.
"""
