"""`wick certify`: try an exported file, anywhere; in its project against the author's own functions too."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from candlewick.artifact import read
from candlewick.certify.certificate import NOT_RUN, Certificate
from candlewick.certify.certify import certify as try_file
from candlewick.commands.export import make_payload
from candlewick.errors import ArtifactError
from candlewick.project.dag import load_dag
from candlewick.run.fitting import fit_project
from candlewick.store.candles import load_many

if TYPE_CHECKING:
    from pathlib import Path

    from candlewick.project.project import Project
    from candlewick.run.fitting import Fitting


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
    fitting, expected = None, None
    if project is not None and project.config.name != artifact.payload.project:
        raise ArtifactError(
            f"{path} was exported by the project '{artifact.payload.project}', this one is '{project.config.name}'",
            code="certificate-project",
            hint="run `wick certify` in its own project, or in a folder without one",
        )
    with contextlib.redirect_stdout(sys.stderr):  # what the project's own functions print
        if project is not None:
            fitting = _fitting(project, artifact.payload.enabled)
            expected = make_payload(fitting.work.dag, fitting)
        certificate = try_file(path, fitting, expected)
    stored = None if artifact.certificate is None else Certificate.from_plain(artifact.certificate)
    return Certified(path, certificate, tuple(_contradictions(stored, certificate)) if stored else ())


def _fitting(project: Project, enabled: tuple[str, ...]) -> Fitting:
    """The project with the groups of a file, whatever is enabled now; a group that is gone the certificate names."""
    known = set(load_dag(project).toggles.sources)
    dag = load_dag(project, enable=sorted(known & set(enabled)), disable=sorted(known - set(enabled)))
    return fit_project(dag, load_many(project.store))


def _contradictions(stored: Certificate, found: Certificate) -> list[str]:
    """What the file's own certificate says and this run does not."""
    mine = {part.name: part.status for part in found.parts}
    wrong = [
        f"the file's certificate says {part.name}: {part.status}; here it is {mine.get(part.name, 'unknown')}"
        for part in stored.parts
        if mine.get(part.name) not in {part.status, NOT_RUN}
    ]
    if stored.environment == found.environment and stored.candles == found.candles:
        for part, mine_now in zip(stored.parts, found.parts, strict=False):
            if part.numbers != mine_now.numbers:
                wrong.append(f"the file's certificate gives other numbers of the part {part.name} than were found here")
        if stored.features != found.features:
            wrong += [
                f"the file's certificate says other things of '{each.name}' than were found here"
                for each in found.features
                if each not in stored.features
            ] or ["the file's certificate names features that the file has not"]
        return wrong
    facts = {(each.stage, each.name): (each.klass, each.lookback, each.warm_up) for each in found.features}
    claimed = {(each.stage, each.name): (each.klass, each.lookback, each.warm_up) for each in stored.features}
    other = [key for key in sorted(facts.keys() | claimed.keys()) if facts.get(key) != claimed.get(key)]
    return wrong + [f"the file's certificate gives other facts of '{name}' than its program" for _, name in other]
