"""How the lab talks to its instruments: one file per instrument family, over PyVISA, pyserial and HTTP.

    replies              bytes from a wire into numbers, errors and identities, or a refusal
    transaction_lock     one conversation at a time with one instrument, on the lab's clock
    visa_link            bytes over one VISA resource        scpi_session     the SCPI language over it
    console_session      a line console over pyserial        redfish_session  Redfish over httpx
    shell_session        a POSIX shell on such a console     host_answers     what a host's tools print
    keysight_n8700 keysight_34460 redfish_coolant_unit sled_bmc sled_host      the drivers
    plugin               what of it is registered

A driver speaks through the real API of its wire; whether a simulated instrument or a real one answers is the
station's business. Neighbours: `bringup.hooks` hands a `Connection` in, `bringup.capabilities` says what comes out.
"""
