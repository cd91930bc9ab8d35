"""`wick operators`: the spellings that have a streaming form."""

from __future__ import annotations

import click


@click.command
@click.argument("word", required=False)
@click.option("--output", type=click.Choice(["table", "markdown"]), default="table", help="The form.")
def operators(word: str | None, output: str) -> None:
    """List the pandas and numpy spellings that stream.

    WORD narrows the list.
    """
    from candlewick.commands.operators import as_markdown, operators
    from candlewick.errors import SelectionError

    table = [row for row in operators() if word is None or word in row.spelling or word in row.operator]
    if not table:
        raise SelectionError(f"no spelling contains '{word}'", code="operators-none", hint="`wick operators` lists all")
    if output == "markdown":
        click.echo(as_markdown(table), nl=False)
    for row in table if output == "table" else ():
        click.echo(f"{row.klass}  {row.spelling}")
