"""One-sentence answers: what happened, and what to do next."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from bot.domain.look import Denied, NoLook, Trouble, Unavailable
from bot.domain.names import TaskName
from bot.domain.subscription import Person, StoredTask
from bot.domain.task import RelayName, TaskId
from bot.i18n import translator
from bot.present.buttons import own_key_button
from bot.present.card import Block, Card, Ink, Inline, Mention, Span, Tone
from bot.present.faces import face_of, name_of, title_block
from bot.present.reader import Reader, code
from bot.present.task_card import body, task_buttons
from bot.present.text import outside

_NAME_LIMIT: Final = 60
_IDS_NAMED: Final = 5
EXAMPLE_ID: Final = "1767225600000123"
OWN_KEY: Final = Span("/key", Ink.CODE)


def sentence(
    reader: Reader,
    key: str,
    /,
    *,
    tone: Tone = Tone.QUIET,
    n: int | None = None,
    **slots: Inline | str,
) -> Card:
    """Answer with one text of the catalogue and nothing more."""
    return reader.card(reader.say(key, n=n, **slots), tone=tone)


# --- ids ------------------------------------------------------------------------


def bad_id(reader: Reader) -> Card:
    """What was typed is not an id; says what one looks like."""
    return sentence(reader, "answer.bad_id", example=Span(EXAMPLE_ID, Ink.CODE))


def no_id(reader: Reader) -> Card:
    """A command came without the id it needs."""
    return sentence(reader, "answer.no_id", example=Span(EXAMPLE_ID, Ink.CODE))


def too_many_ids(limit: int, reader: Reader) -> Card:
    """More ids at once than one answer holds."""
    return sentence(reader, "answer.too_many_ids", n=limit)


def unknown_relay(name: RelayName, relays: Sequence[RelayName], reader: Reader) -> Card:
    """The id was given with a relay's name that is not configured."""
    known = ", ".join(outside(each, _NAME_LIMIT) for each in relays)
    shown = outside(name, _NAME_LIMIT)
    return sentence(reader, "answer.unknown_relay", relay=shown, relays=known)


def unknown_id(
    name: TaskName, reader: Reader, *, relay: RelayName | None = None
) -> Card:
    """No relay asked knows the id; the same answer for "not yours".

    `relay` None, with several configured and none in the name: all were asked.
    """
    asked = relay or name.relay
    everywhere = reader.relays_shown and asked is None
    key = "answer.unknown_id_anywhere" if everywhere else "answer.unknown_id"
    return reader.card(
        reader.say(key, relay=reader.relay(asked)),
        code(name.task_id),
        tone=Tone.ATTENTION,
        buttons=((own_key_button(reader),),),
    )


# --- relays -----------------------------------------------------------------------


def trouble_card(
    look: NoLook, reader: Reader, *, last: StoredTask | None = None
) -> Card:
    """The relay could not be asked, in words of ours; the last known card below.

    Args:
        look: What came of asking.
        reader: Who reads.
        last: The task as it was known before, shown with its age.
    """
    said = _trouble(look, reader)
    if last is None or last.snapshot is None:
        return reader.card(said, tone=Tone.ATTENTION)
    seen = reader.ago(last.looked_at or last.changed_at)
    return reader.card(
        title_block(last, reader),
        said,
        reader.say("trouble.last_known", ago=seen),
        *body(last, reader),
        tone=face_of(last).tone,
        buttons=task_buttons(last, reader, watched=last.watched),
    )


def relay_silent(relay: RelayName, since: datetime, reader: Reader) -> Card:
    """Tell the operator that a relay has gone silent; edited while it lasts."""
    return sentence(
        reader,
        "operator.silent",
        tone=Tone.FAILED,
        relay=_bold(relay),
        since=reader.instant(since),
        duration=reader.words.duration(reader.now - since),
    )


def relay_back(relay: RelayName, silent_for: timedelta, reader: Reader) -> Card:
    """Tell the operator that a relay answers again."""
    length = reader.words.duration(silent_for)
    return sentence(
        reader, "operator.back", tone=Tone.DONE, relay=_bold(relay), duration=length
    )


def undelivered(count: int, reader: Reader) -> Card:
    """Tell the operator how many messages of a day could not be delivered."""
    return sentence(reader, "operator.undelivered", tone=Tone.ATTENTION, n=count)


def relay_denied(look: NoLook, reader: Reader) -> Card:
    """Tell the operator that a relay refuses the key; somebody must act."""
    said = _trouble(look, reader, name=outside(look.relay, _NAME_LIMIT))
    return reader.card(said, tone=Tone.FAILED)


# --- who may, and how much ----------------------------------------------------------


def stranger(
    reader: Reader, *, operator: Person | None = None, here: bool = True
) -> Card:
    """Somebody who may not use the bot; says whom to ask.

    Args:
        reader: The stranger.
        operator: Whom to ask, if anybody is known.
        here: The operator is on the same platform, so one tap away.
    """
    if operator is None:
        return sentence(reader, "answer.stranger_nobody")
    if here:
        named = replace(operator, name=operator.name or operator.id)
        return sentence(reader, "answer.stranger", operator=Mention(named))
    name = outside(operator.name, _NAME_LIMIT)
    told = f"{name} ({operator.platform})" if name else operator.key
    return sentence(reader, "answer.stranger", operator=told)


def looks_limit(limit: int, reader: Reader) -> Card:
    """The person looked too often this minute."""
    return sentence(reader, "limit.looks", n=limit)


def person_watches_limit(limit: int, reader: Reader) -> Card:
    """The person has too many running watches."""
    return sentence(reader, "limit.person_watches", n=limit)


def chat_watches_limit(limit: int, reader: Reader) -> Card:
    """The chat has too many running watches."""
    return sentence(reader, "limit.chat_watches", n=limit)


# --- watching ------------------------------------------------------------------------


def joined(
    task: StoredTask, reader: Reader, *, begun: bool = False, already: bool = False
) -> Card:
    """The person is mentioned too when it ends, or was to be already.

    `begun`: nobody waited before them, or nobody is mentioned.
    """
    late = "watch.already" if already else "watch.joined"
    key = "watch.begun" if begun else late
    return sentence(reader, key, prompt=name_of(task, _NAME_LIMIT))


def unwatched(task: StoredTask, reader: Reader, *, ended: bool) -> Card:
    """The person was taken off; `ended`: nobody in this chat waits any more."""
    key = "watch.ended" if ended else "watch.left"
    return sentence(reader, key, prompt=name_of(task, _NAME_LIMIT))


def not_watching(name: TaskName, reader: Reader) -> Card:
    """There is no watch here to stop."""
    return sentence(reader, "watch.none", id=Span(name.task_id, Ink.CODE))


def only_askers(reader: Reader) -> Card:
    """Only who asked, or somebody who manages the chat, may stop it."""
    return sentence(reader, "watch.only_askers")


def only_managers(reader: Reader) -> Card:
    """Only those who manage the chat may do this."""
    return sentence(reader, "answer.only_managers")


# --- the chat itself --------------------------------------------------------------


def missing_rights(rights: str, reader: Reader) -> Card:
    """The bot lacks rights in a chat, named by the door in the platform's words."""
    named = outside(rights, _NAME_LIMIT * 2)
    return sentence(reader, "answer.missing_rights", rights=named)


def chat_gone(reader: Reader, tasks: Sequence[TaskId], *, chat: str = "") -> Card:
    """Told in private: the chat where somebody watched tasks is not there any more."""
    where = outside(chat, _NAME_LIMIT) or reader.words("answer.a_chat")
    said = reader.say("answer.chat_gone", n=len(tasks), chat=where)
    ids = [code(each) for each in tasks[:_IDS_NAMED]]
    rest = len(tasks) - len(ids)
    more = (reader.say("board.more", n=rest),) if rest else ()
    return reader.card(said, *ids, *more)


def private_refused(reader: Reader) -> Card:
    """The person's private messages are closed to us; two ways out."""
    return sentence(reader, "answer.private_refused")


def in_private_only(reader: Reader) -> Card:
    """A command that belongs in a private chat."""
    return sentence(reader, "answer.in_private_only")


def sent_alone(language: str, *, arrived: bool) -> Card:
    """Said where all read: the answer went, or could not go, to its asker alone."""
    key = "answer.sent_in_private" if arrived else "answer.write_to_me_first"
    line = Block((Span(translator(language)(key)),))
    return Card(blocks=(line,), language=language)


def our_fault(reader: Reader) -> Card:
    """Something of ours went wrong; the log knows."""
    return sentence(reader, "answer.our_fault", tone=Tone.FAILED)


# --- keys ---------------------------------------------------------------------------


def own_key_hint(reader: Reader) -> Card:
    """How to use one's own relay key."""
    return sentence(reader, "key.hint", command=OWN_KEY)


def key_seen(reader: Reader) -> Card:
    """A message held a relay key: it is in the chat's history now."""
    return sentence(reader, "key.seen", tone=Tone.ATTENTION)


# --- pictures ------------------------------------------------------------------------


def picture_failed(problem: str, reader: Reader) -> Card:
    """The picture could not be had, by the media's reason."""
    key = f"picture.{problem}"
    known = key if key in reader.words else "picture.failed"
    return sentence(reader, known, tone=Tone.ATTENTION)


# --- help ---------------------------------------------------------------------------


def help_card(reader: Reader) -> Card:
    """What the bot can do, with one example."""
    keys = (
        "status",
        "watch",
        "list",
        "recent",
        "unwatch",
        "seed",
        "feed",
        "settings",
        "key",
    )
    lines = tuple(
        reader.say(f"help.{key}", command=Span(f"/{key}", Ink.CODE)) for key in keys
    )
    head = reader.say("help.title")
    example = reader.say("help.example", line=Span(f"/watch {EXAMPLE_ID}", Ink.CODE))
    return reader.card(head, *lines, example)


def _bold(name: RelayName) -> Span:
    return Span(outside(name, _NAME_LIMIT), Ink.BOLD)


def _trouble(look: NoLook, reader: Reader, *, name: str = "") -> Block:
    relay = name or reader.relay(look.relay)
    if isinstance(look, Denied) and look.own:
        return reader.say("trouble.own_key", relay=relay, command=OWN_KEY)
    seconds = look.after_seconds if isinstance(look, Unavailable) else None
    if look.trouble is Trouble.BUSY and seconds and seconds > 1:
        wait = reader.words.duration(timedelta(seconds=seconds))
        return reader.say("trouble.busy_for", relay=relay, duration=wait)
    return reader.say(f"trouble.{look.trouble}", relay=relay)
