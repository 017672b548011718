"""A spreadsheet as it is handed in: a file, or what was pasted."""

from django.http import HttpRequest

from crm.batches.sheets import LARGEST
from crm.errors import BatchRefused


def handed_in(request: HttpRequest) -> tuple[str, bytes]:
    """(its name, what is in it). Raises BatchRefused where there is none, or too much."""
    file, pasted = request.FILES.get("file"), request.POST.get("pasted", "").strip()
    if file is None and not pasted:
        raise BatchRefused("choose a file, or paste its lines")
    if file is not None and (file.size or 0) > LARGEST:
        raise BatchRefused(f"the file is over {LARGEST // 1024 // 1024} MB; split it")
    name = (file.name if file is not None else None) or "pasted lines"
    return name.replace("\0", ""), file.read() if file is not None else pasted.encode()
