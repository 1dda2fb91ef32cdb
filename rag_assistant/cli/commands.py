"""What the commands do. Each returns its exit code."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from rag_assistant.assistant import Assistant
from rag_assistant.cli import printing, printing_answers, printing_receipts
from rag_assistant.cli.source import open_source
from rag_assistant.config import Settings, load_settings
from rag_assistant.docstore import Docstore
from rag_assistant.docstore.receipts import Receipt
from rag_assistant.errors import RagAssistantError
from rag_assistant.readers.charset import clean_text

NOT_FOUND, INPUTS_FAILED, MODEL_FAILED, UNHEALTHY, UNFINISHED, DIFFERS = 4, 3, 5, 1, 1, 3

_EXIT_CODES = {
    **dict.fromkeys(("no_answer", "not_ready", "clarify"), NOT_FOUND),
    "model_failed": MODEL_FAILED,
}


def run(arguments: argparse.Namespace) -> int:
    """Run the command that was typed.

    Raises:
        RagAssistantError: It cannot be done; the error says why and what helps.
    """
    settings = load_settings(arguments.config, arguments.data)
    for name, value in vars(arguments).items():
        setattr(arguments, name, _cleaned(value))
    return _COMMANDS[arguments.command](arguments, settings)


def _index(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.progress import IndexProgress

    progress = IndexProgress(as_json=arguments.json, quiet=arguments.quiet)
    with ExitStack() as stack:
        if arguments.dry_run and not Docstore.exists(settings.data):  # nor is it made
            nowhere = Path(stack.enter_context(TemporaryDirectory()))
            settings = settings.model_copy(update={"data": nowhere})
        assistant = stack.enter_context(Assistant(settings))
        stack.enter_context(progress)
        report = assistant.index(
            arguments.paths,
            collection=arguments.collection,
            dry_run=arguments.dry_run,
            yes=arguments.yes,
            on_event=progress.on_event,
        )
    if arguments.json:
        print(json.dumps(report.to_dict()))
    elif not arguments.quiet:
        printing.report(report)
    if report.withheld and not arguments.json:
        printing.withheld(report, arguments.paths)
    return INPUTS_FAILED if report.outcomes.failed or report.withheld else 0


def _search(arguments: argparse.Namespace, settings: Settings) -> int:
    with open_source(settings) as source:
        found = source.search(
            {
                "query": arguments.query,
                "k": arguments.k,
                "sort": arguments.sort,
                "filters": _filters(arguments),
            }
        )
    _show_result(found, arguments, printing.hits)
    return 0 if found["hits"] else NOT_FOUND


def _ask(arguments: argparse.Namespace, settings: Settings) -> int:
    body = {
        "question": arguments.question,
        "answerer": arguments.answerer,
        "clarify": arguments.clarify,
    }
    if arguments.cite:
        return _cited(body, arguments, settings)
    return _answered(body, arguments, settings)


def _cited(body: dict[str, Any], arguments: argparse.Namespace, settings: Settings) -> int:
    """The references of the answer's sources, as a file in UTF-8 whatever the terminal's is."""
    with open_source(settings) as source:
        answer = source.ask(body | {"filters": _filters(arguments)})
        cited = [printing_answers.cited(one) for one in answer["citations"]]
        made = source.references({"passages": cited, "format": arguments.cite}) if cited else None
    if made:
        sys.stdout.flush()
        sys.stdout.buffer.write(made["text"].encode())
    else:
        print(printing.visible(answer["text"] or answer["reason"] or ""), file=sys.stderr)
    return _EXIT_CODES.get(answer["status"], 0)


def _write(arguments: argparse.Namespace, settings: Settings) -> int:
    body = {"question": arguments.subject, "answerer": None, "kind": arguments.text}
    return _answered(body, arguments, settings)


def _answered(body: dict[str, Any], arguments: argparse.Namespace, settings: Settings) -> int:
    with open_source(settings) as source:
        answer = source.ask(body | {"filters": _filters(arguments)})
    _show_result(answer, arguments, printing_answers.answer)
    return _EXIT_CODES.get(answer["status"], 0)


def _rerun(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant import rerunning
    from rag_assistant.cli.printing_reruns import rerun

    record = rerunning.read_record(arguments.record)
    with open_source(settings) as source:
        answer = source.ask(rerunning.body_of(record), record["audience"])
    found = rerunning.compare(record, answer)
    _show_result(found.to_dict(), arguments, rerun)
    return 0 if found.same_passages and found.same_answer else DIFFERS


def _check_reference(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.printing_references import references, typed

    text = typed(arguments.texts, arguments.file)
    with open_source(settings) as source:
        found = source.check_references(text)
    _show_result(found, arguments, references)
    return 0 if found["counts"]["matched"] == len(found["references"]) else NOT_FOUND


def _history(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.printing_history import history

    with open_source(settings) as source:
        _show_result(source.history(arguments.url), arguments, history)
    return 0


def _show(arguments: argparse.Namespace, settings: Settings) -> int:
    with open_source(settings) as source:
        _show_result(source.show(arguments.item), arguments, printing.stored_text)
    return 0


def _status(arguments: argparse.Namespace, settings: Settings) -> int:
    with open_source(settings) as source:
        found = source.status()
    _show_result(found, arguments, printing.status)
    return 0 if found["healthy"] else UNHEALTHY


def _serve(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.web.server import serve

    if arguments.public_computer:
        web = settings.web.model_copy(update={"public_computer": True})
        settings = settings.model_copy(update={"web": web})
    with Assistant(settings) as assistant:
        serve(
            assistant,
            host=arguments.host,
            port=arguments.port,
            open_browser=not arguments.no_browser,
            on_ready=printing.serving,
        )
    return 0


def _staff(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.staff import staff

    return staff(arguments.action, getattr(arguments, "name", ""), settings.data)


def _retained(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.web.retention import Retained

    kept = Retained(settings.data, settings.retention.days)
    if arguments.delete:
        print(f"Deleted: {printing.many(kept.delete(), 'day')} of questions and answers.")
        return 0
    for line in kept.lines():
        print(line)
    return 0


def _take_down(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.progress import IndexProgress

    receipts: list[Receipt] = []
    fault = None
    progress = IndexProgress(as_json=False, quiet=arguments.quiet or arguments.json)
    try:
        with Assistant(settings) as assistant, progress:
            try:
                for item in arguments.items:
                    receipts.append(_act(assistant, item, arguments))
            except RagAssistantError as error:  # what was done before it still has to settle
                fault = error
            if receipts and not arguments.dry_run:
                assistant.settle(receipts, progress.on_event)
    except RagAssistantError as error:
        fault = fault or error  # that it is not settled is in the receipts, too
    finally:
        _show_receipts(receipts, arguments)
    if fault:
        raise fault
    return 0 if all(receipt.done for receipt in receipts) else UNFINISHED


def _show_receipts(receipts: list[Receipt], arguments: argparse.Namespace) -> None:
    if arguments.json:
        print(json.dumps({"receipts": [receipt.to_dict() for receipt in receipts]}))
        return
    for receipt in receipts:
        printing_receipts.receipt(receipt)


def _act(assistant: Assistant, item: str, arguments: argparse.Namespace) -> Receipt:
    if arguments.command == "restore":
        return assistant.restore(item, dry_run=arguments.dry_run)
    act = assistant.hide if arguments.command == "hide" else assistant.remove
    return act(item, reason=arguments.reason, dry_run=arguments.dry_run)


def _repair(arguments: argparse.Namespace, settings: Settings) -> int:
    if arguments.backend:
        with Assistant(settings) as assistant:
            choice = assistant.choose_backend(arguments.backend)
        print(f"Vectors are computed by {choice.backend}: {choice.reason}.")
        return 0
    from rag_assistant.cli.progress import IndexProgress

    progress = IndexProgress(as_json=False, quiet=arguments.quiet)
    with Assistant(settings) as assistant, progress:
        found = assistant.repair(progress.on_event)
    printing.repaired(found)
    return 0


def _doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.health import examine

    findings = list(examine(settings, arguments.port))
    printing.findings(findings)
    return UNHEALTHY if any(not one.good and one.needed for one in findings) else 0


def _pull(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.pulling import show_pull
    from rag_assistant.models.ollama import connect
    from rag_assistant.models.pulling import pull

    with closing(pull(settings.ollama, arguments.model)) as steps:
        show_pull(steps, quiet=arguments.quiet)
    model = connect(settings.ollama.model_copy(update={"model": arguments.model}))
    print(f"{model.name} is installed, digest {model.digest[:12]}.")
    return 0


def _harvest(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.harvesting import show_harvest
    from rag_assistant.harvesting import Wanted, harvest

    wanted = Wanted(
        url=arguments.url,
        prefix=arguments.prefix,
        set=arguments.set,
        since=arguments.since,
        until=arguments.until,
    )
    with closing(harvest(wanted, arguments.folder)) as steps:
        last = show_harvest(steps, arguments.folder, quiet=arguments.quiet)
    return INPUTS_FAILED if last.nameless else 0


def _demo(arguments: argparse.Namespace, settings: Settings) -> int:
    from rag_assistant.cli.demo import demo

    own = settings.model_copy(update={"data": settings.data / "demo"})
    demo(own, quiet=arguments.quiet)
    return _serve(arguments, own) if arguments.serve else 0


def _cleaned(value: Any) -> Any:
    """A typed word as it can be stored; shells pass on bytes that are no text."""
    if isinstance(value, list):
        return [_cleaned(one) for one in value]
    return clean_text(value) if isinstance(value, str) else value


def _filters(arguments: argparse.Namespace) -> dict[str, Any]:
    return {
        "collections": arguments.collection,
        "date_from": arguments.date_from,
        "date_to": arguments.date_to,
        "as_of": arguments.as_of,
        "language": arguments.lang,
        "kind": arguments.kind,
    }


def _show_result(
    found: dict[str, Any],
    arguments: argparse.Namespace,
    show: Callable[[dict[str, Any]], None],
) -> None:
    if arguments.json:
        json.dump(found, sys.stdout, ensure_ascii=True)
        print()
    else:
        show(printing.visible(found))


_COMMANDS: dict[str, Callable[[argparse.Namespace, Settings], int]] = {
    "ask": _ask,
    "check-reference": _check_reference,
    "demo": _demo,
    "doctor": _doctor,
    "harvest": _harvest,
    "hide": _take_down,
    "history": _history,
    "index": _index,
    "pull": _pull,
    "remove": _take_down,
    "repair": _repair,
    "rerun": _rerun,
    "restore": _take_down,
    "retained": _retained,
    "search": _search,
    "serve": _serve,
    "show": _show,
    "staff": _staff,
    "status": _status,
    "write": _write,
}
