"""The page of the command line: every command with its arguments and options, as click knows them."""

from __future__ import annotations

from collections.abc import Iterator

import click

from docs.generator.markup import block, code, prose, row, table
from docs.generator.words import Words
from gateway.cli import main


def made(words: Words) -> str:
    """Every command."""
    return "\n\n".join(["## haoban", *_told(main, ["haoban"], words), *_commands(main, ["haoban"], words)])


def walk(group: click.Group, way: list[str]) -> Iterator[tuple[list[str], click.Command]]:
    """Every command below a group with the words that call it, groups before what is in them."""
    for name in sorted(group.commands):
        command = group.commands[name]
        yield [*way, name], command
        if isinstance(command, click.Group):
            yield from walk(command, [*way, name])


def _commands(group: click.Group, way: list[str], words: Words) -> Iterator[str]:
    for called, command in walk(group, way):
        yield f"{'##' if len(called) == 2 else '###'} {' '.join(called)}"
        yield from _told(command, called, words)


def _told(command: click.Command, called: list[str], words: Words) -> Iterator[str]:
    yield from (words(" ".join(text.split())) for text in (command.help or "").split("\n\n"))
    context = click.Context(command, info_name=" ".join(called))
    yield block(" ".join([*called, *_pieces(command, context)]), "text")
    for argument in command.params:
        if isinstance(argument, click.Argument) and isinstance(argument.type, click.Choice):
            choices = ", ".join(f"`{one}`" for one in argument.type.choices)
            yield f"`{argument.human_readable_name.upper()}` — {choices}"
    if options := [one for one in command.params if isinstance(one, click.Option)]:
        headings = [words(each) for each in ("Option", "Value", "Explanation")]
        yield table(headings, (_option(one, context, words) for one in options))


def _pieces(command: click.Command, context: click.Context) -> Iterator[str]:
    """How it is called: an argument with choices by its name, for they are told below."""
    yield "[OPTIONS]"
    if isinstance(command, click.Group):
        yield "COMMAND [ARGS]..."
    for argument in command.params:
        if isinstance(argument, click.Argument):
            name = argument.human_readable_name.upper()
            yield f"{name}..." if argument.nargs == -1 else name


def _option(option: click.Option, context: click.Context, words: Words) -> str:
    notes = [words(" ".join((option.help or "").split()))]
    if option.required:
        notes.append(words("Must be given."))
    if option.multiple:
        notes.append(words("May be given several times."))
    if isinstance(option.default, str) and option.default:
        notes.append(words("Default:") + f" `{option.default}`")
    return row([code(", ".join(option.opts)), _value(option, context), prose(" ".join(filter(None, notes)))])


def _value(option: click.Option, context: click.Context) -> str:
    if option.is_flag:
        return "—"
    if isinstance(option.type, click.Choice):
        return ", ".join(code(str(one)) for one in option.type.choices)
    return code(option.make_metavar(context))
