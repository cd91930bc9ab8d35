"""`wick certify`: try an exported file, anywhere; in its project against the author's own functions too."""

from __future__ import annotations

import contextlib
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from candlewick.artifact import read
from candlewick.certify.certificate import FAIL, NOT_RUN, Certificate
from candlewick.certify.certify import certify as try_file
from candlewick.errors import ArtifactError
from candlewick.project.dag import load_dag
from candlewick.run.fitting import fit_project
from candlewick.store.candles import load_many
from candlewick.store.files import write_atomically

if TYPE_CHECKING:
    from collections.abc import Callable

    from candlewick.project.project import Project
    from candlewick.run.fitting import Fitting

FILENAME = "certificate.json"


@dataclass(frozen=True)
class Certified:
    """What trying a file gave, and where its own certificate says otherwise."""

    path: Path
    certificate: Certificate
    contradictions: tuple[str, ...]

    @property
    def failed(self) -> bool:
        """Whether a part failed, or the file's own certificate claims what does not hold here."""
        return not self.certificate.passed or bool(self.contradictions)


def certify(path: Path, project: Project | None) -> Certified:
    """Run every part on a file: with a project, on its candles and against its functions.

    Errors: ArtifactError for a file that is not sound; those of the project.
    """
    artifact = read(path)
    fitting = None
    if project is not None:
        if project.config.name != artifact.payload.project:
            raise ArtifactError(
                f"{path} was exported by the project '{artifact.payload.project}', this one is '{project.config.name}'",
                code="certificate-project",
                hint="run `wick certify` in its own project, or in a folder without one",
            )
        fitting = _fitting(project, artifact.payload.enabled)
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print
        certificate = try_file(path, fitting)
    stored = None if artifact.certificate is None else Certificate.from_plain(artifact.certificate)
    return Certified(path, certificate, tuple(_contradictions(stored, certificate)) if stored else ())


def certified_content(content: bytes, fitting: Fitting, certified: Callable[[Certificate], None]) -> Certificate:
    """The certificate of a file that is about to be written; it is left in target/certificate.json, passed or not.

    Errors: ArtifactError ``certificate-failed``, which names every part that did not hold.
    """
    with tempfile.TemporaryDirectory(prefix="wick-export-") as folder:
        path = Path(folder) / "candidate.wick"
        path.write_bytes(content)
        certificate = try_file(path, fitting)
    text = json.dumps(certificate.to_plain(), indent=1)
    write_atomically(fitting.work.dag.project.target / FILENAME, text.encode())
    certified(certificate)
    if not certificate.complete:
        raise _refused(certificate)
    return certificate


def _fitting(project: Project, enabled: tuple[str, ...]) -> Fitting:
    """The project with the groups of a file, whatever is enabled now."""
    known = set(load_dag(project).toggles.sources)
    dag = load_dag(project, enable=enabled, disable=sorted(known - set(enabled)))
    return fit_project(dag, load_many(project.store))


def _refused(certificate: Certificate) -> ArtifactError:
    bad = [part for part in certificate.parts if part.status in {FAIL, NOT_RUN}]
    said = [f"{part.name}: {_first(part.findings) or part.reason}" for part in bad]
    return ArtifactError(
        "nothing was exported: the certificate does not hold\n" + "\n".join(f"  {line}" for line in said),
        code="certificate-failed",
        hint=f"mend what is named; target/{FILENAME} holds all of it",
    )


def _first(findings: tuple[Any, ...]) -> str:
    """The first finding, and how many more there are."""
    if not findings:
        return ""
    first = findings[0]
    place = " ".join(filter(None, [first.feature and f"'{first.feature}'", first.symbol and f"({first.symbol})"]))
    more = f", and {len(findings) - 1} more" if len(findings) > 1 else ""
    return f"{place + ': ' if place else ''}{first.what}{more}"


def _contradictions(stored: Certificate, found: Certificate) -> list[str]:
    """What the file's own certificate says and this run does not."""
    mine = {part.name: part.status for part in found.parts}
    wrong = [
        f"the file's certificate says {part.name}: {part.status}; here it is {mine.get(part.name, 'unknown')}"
        for part in stored.parts
        if mine.get(part.name) not in {part.status, NOT_RUN}
    ]
    facts = {(each.stage, each.name): (each.klass, each.lookback, each.warm_up) for each in found.features}
    claimed = {(each.stage, each.name): (each.klass, each.lookback, each.warm_up) for each in stored.features}
    other = [key for key in sorted(facts.keys() | claimed.keys()) if facts.get(key) != claimed.get(key)]
    return wrong + [f"the file's certificate gives other facts of '{name}' than its program" for _, name in other]
