"""The page of brands: between which there are walls, who sees the customers of each, and whose sources tell of them."""

from django.contrib import messages
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from crm.errors import BrandRefused
from crm.privacy.access import requires, signed_in
from crm.privacy.roles import ADMINISTERS, CROSSES_WALLS, SEES_CUSTOMERS
from crm.sources.brands import dissolve, let_in, make, put_out
from crm.sources.models import Brand

keepers = requires(*ADMINISTERS)
PEOPLE_SHOWN = 500


@keepers
@require_http_methods(["GET", "POST"])
@never_cache
def brands(request: HttpRequest) -> HttpResponse:
    """Every brand with its people and sources; a new one."""
    name, refused = " ".join(request.POST.get("name", "").split()), ""
    if request.method == "POST":
        try:
            made = make(name, signed_in(request))
        except BrandRefused as error:
            refused = str(error)
        else:
            messages.success(request, f"{made} is there. Let its people in, then connect its sources.")
            return redirect("brands")
    found = [
        {"brand": brand, "people": list(people_of(brand)), "sources": list(brand.sources.all())}
        for brand in Brand.objects.prefetch_related("sources")
    ]
    others = people().filter(groups__name__in=SEES_CUSTOMERS - CROSSES_WALLS).distinct()[:PEOPLE_SHOWN]
    context = {"brands": found, "people": others, "name": name, "refused": refused}
    return render(request, "crm/brands/brands.html", context, status=400 if refused else 200)


@keepers
@require_POST
def change_people(request: HttpRequest, word: str) -> HttpResponse:
    """Let somebody in, or put somebody out."""
    brand = get_object_or_404(Brand, word=word)
    is_in, asked = "in" in request.POST, request.POST.get("in") or request.POST.get("out") or ""
    person = people().filter(pk=asked).first() if asked.isdecimal() and len(asked) < 10 else None
    if person is None:
        messages.error(request, "Choose somebody who signs in.")
        return redirect("brands")
    (let_in if is_in else put_out)(brand, person, signed_in(request))
    who = person.get_full_name() or person.username
    messages.success(request, f"{who} sees the customers of {brand} {'from now on' if is_in else 'no more'}.")
    return redirect("brands")


@keepers
@require_POST
def remove_brand(request: HttpRequest, word: str) -> HttpResponse:
    """Remove a brand that tells of nobody."""
    brand = get_object_or_404(Brand, word=word)
    try:
        dissolve(brand, signed_in(request))
    except BrandRefused as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, f"{brand} is removed.")
    return redirect("brands")


def people() -> "QuerySet[User]":
    return User.objects.filter(is_active=True).order_by("first_name", "last_name", "username")


def people_of(brand: Brand) -> "QuerySet[User]":
    return people().filter(groups__name=brand.group)
