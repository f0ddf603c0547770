"""A Power BI project (PBIP) of a domain: a semantic model, a report on it, and a connection file."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flink_jobs.domains import Domain
from flink_jobs.errors import TrunklineError
from flink_jobs.project import Project
from readers.model import load_model
from readers.powerbi.design import check_design, load_design
from readers.powerbi.report import report_files
from readers.powerbi.semantic import SemanticModel, by_word, identity
from readers.powerbi.source import Mode, Source
from readers.privacy import privacy

DESIGN = "powerbi.yaml"
FABRIC = "https://developer.microsoft.com/json-schemas/fabric"


@dataclass(frozen=True)
class Written:
    """What was done with a project: how many files it has, which were written and which removed."""

    domain: str
    files: int
    written: list[str]
    removed: list[str]


def project_files(project: Project, domain: Domain, source: Source) -> dict[Path, str]:
    """The text of each file of a domain's project; ProjectError where its design is wrong."""
    model, file = load_model(project, domain), project.root / "sql" / domain.name / DESIGN
    design = load_design(file)
    check_design(file, design, by_word(model))
    name = domain.name
    model_folder, report_folder = Path(f"{name}.SemanticModel"), Path(f"{name}.Report")
    semantic = SemanticModel(model, design, source)
    if source.masked:
        require_masked(semantic)
    texts = {model_folder / "definition" / path: text for path, text in semantic.files().items()}
    parts = {
        Path(f"{name}.pbip"): pbip(name),
        Path(f"{name}.pbids"): pbids(name, source),
        model_folder / ".platform": platform(name, "SemanticModel"),
        model_folder / "definition.pbism": {
            "$schema": f"{FABRIC}/item/semanticModel/definitionProperties/1.0.0/schema.json",
            "version": "4.2",
        },
        report_folder / ".platform": platform(name, "Report"),
        report_folder / "definition.pbir": pbir(name),
        **{report_folder / "definition" / path: part for path, part in report_files(design).items()},
    }
    return texts | {path: json.dumps(part, indent=2, ensure_ascii=False) + "\n" for path, part in parts.items()}


def require_masked(semantic: SemanticModel) -> None:
    """Raises TrunklineError for a view of which nobody can tell what is personal in it: it is not in `masked`."""
    unjudged = privacy(semantic.model).unjudged
    for table in (table for table in semantic.tables.values() if table.name in unjudged):
        raise TrunklineError(
            f"{table.name} is not in masked: {unjudged[table.name]}", "leave it out of powerbi.yaml, or make the view plainer"
        )


def write(files: Mapping[Path, str], to: Path, domain: str, with_report: bool) -> Written:
    """Writes what differs and removes what is there no longer. A report that exists stays as it is without `with_report`."""
    report = Path(f"{domain}.Report")
    keeps = (to / report).exists() and not with_report
    due = {path: text for path, text in files.items() if not (keeps and path.is_relative_to(report))}
    folders = [Path(f"{domain}.SemanticModel"), *([] if keeps else [report])]
    stale = [file for folder in folders for file in sorted((to / folder / "definition").rglob("*")) if file.is_file()]
    removed = [file for file in stale if file.relative_to(to) not in due]
    written = [path for path, text in due.items() if not (to / path).exists() or (to / path).read_bytes() != text.encode()]
    for path in written:
        (to / path).parent.mkdir(parents=True, exist_ok=True)
        (to / path).write_bytes(due[path].encode())
    for file in removed:
        file.unlink()
    return Written(domain, len(due), [str(path) for path in written], [str(file.relative_to(to)) for file in removed])


def pbip(name: str) -> dict[str, Any]:
    """What Power BI Desktop opens."""
    artifacts = [{"report": {"path": f"{name}.Report"}}]
    return {
        "$schema": f"{FABRIC}/pbip/pbipProperties/1.0.0/schema.json",
        "version": "1.0",
        "artifacts": artifacts,
        "settings": {"enableAutoRecovery": True},
    }


def pbir(name: str) -> dict[str, Any]:
    """Which model the report is on."""
    reference = {"byPath": {"path": f"../{name}.SemanticModel"}}
    return {"$schema": f"{FABRIC}/item/report/definitionProperties/2.0.0/schema.json", "version": "4.0", "datasetReference": reference}


def pbids(name: str, source: Source) -> dict[str, Any]:
    """A connection to the database, for a project of one's own."""
    details = {"protocol": "postgresql", "address": {"server": source.server, "database": name}}
    mode = "DirectQuery" if source.mode is Mode.directquery else "Import"
    return {"version": "0.1", "connections": [{"details": details, "options": {}, "mode": mode}]}


def platform(name: str, kind: str) -> dict[str, Any]:
    """What Fabric's Git integration knows the item by."""
    return {
        "$schema": f"{FABRIC}/gitIntegration/platformProperties/2.0.0/schema.json",
        "metadata": {"type": kind, "displayName": name},
        "config": {"version": "2.0", "logicalId": str(identity(name, kind))},
    }
