"""What a message of Meta's holds, in the words of `Draft.data`. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

MAX_TEXT = 100_000
MAX_ATTACHMENTS = 50


def text(value: object) -> str:
    """A value that should be text, as text; empty for anything else."""
    return value[:MAX_TEXT] if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def items(value: object) -> list[Mapping[str, Any]]:
    """The objects of a list; nothing for anything else."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def filled(**data: Any) -> dict[str, Any]:
    """Without what is empty."""
    return {name: value for name, value in data.items() if value}


def web_address(value: object) -> str:
    found = text(value)
    return found if found.startswith(("https://", "http://")) and len(found) <= 4_000 else ""


def in_brackets(attachments: Sequence[Mapping[str, Any]]) -> str:
    """What stands for a message that is only attachments: "[image]", "[3 files]"."""
    if not attachments:
        return ""
    return f"[{attachments[0]['type']}]" if len(attachments) == 1 else f"[{len(attachments)} attachments]"


def campaign(referral: Mapping[str, Any], source: str) -> dict[str, str]:
    """Which advertisement or link brought somebody here, in the words that web campaigns use.

    referral: of Messenger and Instagram (source, type, ref, ad_id, ads_context_data) or of WhatsApp (source_type,
    source_id, source_url, headline, ctwa_clid).
    """
    told = mapping(referral.get("ads_context_data"))
    medium = text(referral.get("source_type")) or text(referral.get("source")) or text(referral.get("type"))
    found = {
        "source": source,
        "medium": "ad" if medium.lower() in ("ad", "ads") else medium.lower(),
        "name": text(referral.get("headline")) or text(told.get("ad_title")) or text(referral.get("ref")),
        "id": str(referral.get("ad_id") or referral.get("source_id") or ""),
        "url": web_address(referral.get("source_url") or referral.get("referer_uri")),
        "click_id": text(referral.get("ctwa_clid")),
    }
    return {name: value for name, value in found.items() if value} if referral else {}
