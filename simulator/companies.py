"""Made-up customers and their projects, so that a demo looks like a working day."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A customer and what it wants; `title` names the engagement in 40 characters at most.

    `monthly_spend` is in US dollars. `source` and `contact_title` tell how a lead came about.
    """

    name: str
    industry: str
    country: str
    website: str
    title: str
    project: str
    problem: str
    monthly_spend: int
    use_case: str
    source: str
    contact_title: str


COMPANIES = (
    Company(
        name="Nordhafen Logistik GmbH",
        industry="Transportation and Logistics",
        country="DE",
        website="https://www.nordhafen-logistik.example",
        title="Nordhafen: warehouse system to AWS",
        project="Warehouse management migration",
        problem="The warehouse system runs on hardware that is out of support from March. Three "
        "sites must move without a stop of more than four hours each.",
        monthly_spend=42_000,
        use_case="Migration / Database Migration",
        source="AWS Summit Berlin",
        contact_title="Head of IT Operations",
    ),
    Company(
        name="Brightwater Health",
        industry="Healthcare",
        country="US",
        website="https://www.brightwater-health.example",
        title="Brightwater: patient data lake",
        project="Patient data lake and analytics",
        problem="Clinical data sits in eleven systems. Researchers wait six weeks for an extract, "
        "and every extract needs a manual check for personal data.",
        monthly_spend=65_000,
        use_case="Analytics",
        source="Webinar: data lakes in healthcare",
        contact_title="Chief Data Officer",
    ),
    Company(
        name="Solenne Cosmetics",
        industry="Consumer Goods",
        country="FR",
        website="https://www.solenne.example",
        title="Solenne: shop ready for peak season",
        project="Elastic web shop platform",
        problem="The web shop slowed down during last year's campaign and lost an estimated "
        "eight percent of orders. It must hold five times the load by November.",
        monthly_spend=18_500,
        use_case="Business Applications & Contact Center",
        source="Website: contact form",
        contact_title="E-Commerce Director",
    ),
    Company(
        name="Tasman Ridge Energy",
        industry="Energy - Power and Utilities",
        country="AU",
        website="https://www.tasmanridge.example",
        title="Tasman Ridge: turbine forecasts",
        project="Predictive maintenance for wind farms",
        problem="Turbine faults are found on site. Sensor data of 240 turbines should predict "
        "them two weeks ahead, so that crews are sent once instead of twice.",
        monthly_spend=27_000,
        use_case="AI/ML",
        source="AWS re:Invent booth",
        contact_title="Asset Performance Manager",
    ),
    Company(
        name="Kestrel & Lowe Insurance",
        industry="Financial Services",
        country="GB",
        website="https://www.kestrel-lowe.example",
        title="Kestrel & Lowe: claims in a day",
        project="Claims intake with document processing",
        problem="Claims arrive as scans and are typed in by hand, four days on average. The "
        "regulator asks for an acknowledgement within one working day.",
        monthly_spend=31_000,
        use_case="Generative AI",
        source="Partner referral",
        contact_title="Claims Transformation Lead",
    ),
    Company(
        name="Montara Foods",
        industry="Manufacturing",
        country="US",
        website="https://www.montarafoods.example",
        title="Montara: SAP on AWS",
        project="SAP S/4HANA on AWS",
        problem="The ERP system must be on S/4HANA before support ends. The data centre lease "
        "ends in the same quarter, so that both have to move together.",
        monthly_spend=88_000,
        use_case="SAP",
        source="AWS account team",
        contact_title="VP Enterprise Applications",
    ),
    Company(
        name="Ilmari Games",
        industry="Gaming",
        country="FI",
        website="https://www.ilmari-games.example",
        title="Ilmari: servers for a global launch",
        project="Multi-region game backend",
        problem="A launch in five regions needs session servers that follow the players. The "
        "present fleet is sized by hand and idles at night.",
        monthly_spend=23_000,
        use_case="Containers & Serverless",
        source="GDC meet-up",
        contact_title="Technical Director",
    ),
    Company(
        name="Prefeitura Vale Verde",
        industry="Government",
        country="BR",
        website="https://www.valeverde.example",
        title="Vale Verde: citizen services portal",
        project="Citizen services portal",
        problem="Permits are applied for on paper in nine offices. The city wants one portal "
        "with digital identity before the next budget year.",
        monthly_spend=9_500,
        use_case="End User Computing",
        source="Public tender notice",
        contact_title="Secretary of Innovation",
    ),
    Company(
        name="Hoshizora Robotics",
        industry="Computers and Electronics",
        country="JP",
        website="https://www.hoshizora.example",
        title="Hoshizora: fleet telemetry",
        project="Robot fleet telemetry platform",
        problem="Six thousand delivery robots report once a minute over links that drop. Support "
        "needs their state within seconds, and a year of history.",
        monthly_spend=36_000,
        use_case="IoT",
        source="AWS IoT workshop",
        contact_title="Platform Engineering Manager",
    ),
    Company(
        name="Casa Lumbre Hotels",
        industry="Hospitality",
        country="MX",
        website="https://www.casalumbre.example",
        title="Casa Lumbre: one booking platform",
        project="Booking platform consolidation",
        problem="Four hotel brands run four booking systems. Guests cannot combine stays, and "
        "each change of price takes a day to reach all of them.",
        monthly_spend=14_000,
        use_case="Application Modernization",
        source="Marketing campaign: modernise",
        contact_title="Director of Technology",
    ),
)
