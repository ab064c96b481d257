"""Who appears in the demo's story: made-up customers, and who sends their invitations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from simulator.companies import COMPANIES
from simulator.invitations import Json, make_details, merged

from .theatre import Theatre

PARTNER = "Halvorsen Data"
"""Another AWS Partner, which shares what it cannot do alone."""

_CONTACTS = {
    "AWS": ("Mara", "Lindqvist", "Partner Development Manager", "+12065550142"),
    PARTNER: ("Henrik", "Dahl", "Head of Alliances", "+442079460113"),
}
_ANYBODY = ("Ray", "Sharp", "Growth Lead", "+13105550199")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One invitation of the backlog: who sends what."""

    title: str
    kind: str = "OpportunityInvitation"
    sender: str = "AWS"


_OPPORTUNITIES = (
    "Albrecht Werke: MES on AWS",
    "Aurelia Bank: mainframe exit",
    "Baltic Ferries: booking on EKS",
    "Bergmann Pharma: GxP landing zone",
    "Cobalt Mutual: disaster recovery",
    "Delmare: shop search with Bedrock",
    "Donau Energie: smart meter lake",
    "Elbtal Kliniken: imaging archive",
    "Fjordline: customer data platform",
    "Grünwald Versicherung: claims portal",
    "Helix Genomics: pipelines on Batch",
    "Isar Automotive: VMware migration",
    "Jadehafen: port call forecasts",
    "Kranich Air: crew planning",
    "Lindenhof: SAP RISE landing zone",
    "Meridian Rail: ticketing backend",
    "Neckar Maschinen: IoT gateway fleet",
    "Oderland Stadtwerke: Oracle exit",
    "Pellworm Wind: SCADA history",
    "Quantis Labs: HPC burst",
    "Rheinpark: contact centre",
    "Sankt Georg: patient portal",
    "Tessin Privatbank: data residency",
)

_LEADS = (
    "Ulmer Druck: cost review",
    "Vesta Möbel: web shop on Black Friday",
    "Wattenmeer Institut: sensor archive",
    "Xanten Logistik: route planning",
    "Ystad Media: video archive",
    "Zollhof Labs: first landing zone",
    "Amsel Mode: product images with AI",
    "Birkenau Bau: drawings in the cloud",
    "Carla Foods: demand forecast",
)

_SHARED = (
    "Dornier & Sohn: managed database",
    "Eiderstedt Milch: traceability",
    "Falk Optik: store network",
    "Gotland Steel: furnace telemetry",
    "Hanse Parcel: scanner backend",
    "Innwerk: security review",
    "Jura Zement: kiln optimisation",
    "Kolding Textil: ERP hosting",
)


def backlog() -> list[Waiting]:
    """Return the invitations in the order of their arrival, the kinds mixed as they would be."""
    kinds = (
        [Waiting(title=title) for title in _OPPORTUNITIES],
        [Waiting(title=title, kind="LeadInvitation") for title in _LEADS],
        [Waiting(title=title, sender=PARTNER) for title in _SHARED],
    )
    placed = [
        ((number + 0.5) / len(kind), waiting)
        for kind in kinds
        for number, waiting in enumerate(kind)
    ]
    return [waiting for _, waiting in sorted(placed, key=lambda pair: pair[0])]


def invite(
    theatre: Theatre,
    customer: str,
    *,
    until: datetime,
    kind: str = "OpportunityInvitation",
    sender: str = "AWS",
    message: str | None = None,
    title: str | None = None,
) -> str:
    """Invite the team to work for one of the made-up customers; return the invitation's id."""
    (company,) = (company for company in COMPANIES if company.name == customer)
    now = theatre.now
    details = make_details(company, kind=kind, sender=sender, invited_at=now)
    changes: dict[str, Any] = {"InvitationMessage": message} if message else {}
    return theatre.invite(
        kind=kind,
        title=title or company.title,
        sender=sender,
        expires_in=until - now,
        details=_signed(merged(details, changes), kind, sender),
    )


def _signed(details: Json, kind: str, sender: str) -> Json:
    """Return the details with a contact who works for the sender; a lead has none."""
    if kind == "LeadInvitation":
        return details
    first, last, title, phone = _CONTACTS.get(sender, _ANYBODY)
    contact = {
        "FirstName": first,
        "LastName": last,
        "BusinessTitle": title,
        "Email": f"{first}.{last}@{sender.replace(' ', '-')}.example".lower(),
        "Phone": phone,
    }
    return merged(details, {"Payload": {kind: {"SenderContacts": [contact]}}})
