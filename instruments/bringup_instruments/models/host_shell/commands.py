"""Which commands a host has: any machine's, its workloads, and the Neuron tools where its chips are Neuron ones."""

from __future__ import annotations

from . import basic_commands as basic
from . import text_commands as texts
from .call import Call, Command
from .dmesg import dmesg
from .lspci import lspci
from .machine import Machine
from .nccom_test import nccom_test
from .neuron_ls import neuron_ls
from .neuron_monitor import neuron_monitor
from .workload import FORMS, workload

_ANYWHERE: dict[str, Command] = {
    "cat": basic.cat,
    "date": basic.date,
    "dmesg": dmesg,
    "echo": basic.echo,
    "false": basic.false,
    "grep": texts.grep,
    "head": texts.head,
    "hostname": basic.hostname,
    "id": basic.identity,
    "ls": basic.ls,
    "lspci": lspci,
    "pwd": basic.pwd,
    "tail": texts.tail,
    "tee": basic.tee,
    "true": basic.true,
    "uname": basic.uname,
    "uptime": basic.uptime,
    "wc": texts.wc,
    "workload": workload,
}
_NEURON: dict[str, Command] = {
    "nccom-test": nccom_test,
    "neuron-ls": neuron_ls,
    "neuron-monitor": neuron_monitor,
}


def commands_of(machine: Machine) -> dict[str, Command]:
    """The commands of a host, by name."""
    found = _ANYWHERE | (_NEURON if machine.has_neuron else {})

    def show_help(call: Call) -> None:
        call.say(*FORMS.split(" | "), *sorted(set(found) - {"workload"}))

    return found | {"help": show_help}
