"""Lists of words that tell what a name names. They are short on purpose: a missing word makes a name unsure."""

from __future__ import annotations


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_MALE_TITLES = "mr sir lord king prince baron father brother pope"
_FEMALE_TITLES = "mrs ms miss dame lady madam queen princess baroness sister"
_MALE_ROLES = """
    spokesman chairman congressman businessman councilman assemblyman salesman policeman fisherman husband son uncle
    grandfather nephew actor boyfriend groom
"""
_FEMALE_ROLES = """
    spokeswoman chairwoman congresswoman businesswoman councilwoman assemblywoman policewoman wife mother daughter aunt
    grandmother niece actress girlfriend bride widow
"""
_ROLES = """
    dr doctor prof professor rev reverend judge justice gen general col colonel lt lieutenant capt captain maj major
    sgt sergeant corporal cpl private admiral commander commissioner constable detective inspector superintendent
    sheriff sen senator rep representative gov governor president premier minister chancellor secretary mayor
    ambassador envoy negotiator mediator councillor councilor lawmaker deputy vice prime chief executive officer
    director manager boss head leader chair chairperson spokesperson speaker founder owner treasurer
    partner investigator researcher scientist author economist analyst strategist historian geologist biologist
    physicist chemist psychologist epidemiologist virologist neurobiologist seismologist archaeologist lawyer attorney
    solicitor barrister prosecutor advocate activist campaigner coach captain striker defender midfielder goalkeeper
    rider cyclist driver pilot nurse teacher schoolteacher farmer resident passenger witness student editor reporter
    journalist correspondent columnist host co-host chef singer writer artist designer engineer mechanic official
    insider bookkeeper archbishop cardinal imam rabbi pastor chaplain adviser advisor aide expert member counsel
    shopkeeper tenant nominee candidate incumbent
"""
_BODIES = """
    academy administration agency alliance army assembly association authority bank board bureau cabinet campaign
    centre center charity church city club coalition coastguard college commission committee company congress
    consortium convention corporation council court department embassy federation force forces foundation
    fund government group hospital house institute institution laboratory league library ministry mission movement
    museum navy network newspaper observatory office organisation organization palace panel parliament party police
    press service school senate society station team trade treasury tribunal trust union university watch
"""
_COMPANIES = """
    airlines airways brothers capital cells co corp energy enterprises foods gmbh group holdings inc industries
    laboratories labs limited lines logistics ltd media motors partners pharma pharmaceuticals plc power productions
    railways software solutions steel stores systems technologies technology telecom
"""
_COMPANY_NOUNS = """
    airline broker builder business carrier chain company contractor developer firm insurer lender manufacturer
    operator publisher retailer startup subsidiary supermarket supplier
"""
_PLACES = (
    "avenue bay bridge city county forest hills island islands lake lane north river road square street town valley"
)
_OPENERS = """
    a about according after again all also although an and another any as at because before both but by despite during
    each even every few first for former four from he her here his how however if in instead it its just last later
    many meanwhile more most my near neither no nobody nor not now of on once one only or our outside over perhaps
    she since six so some still such ten than that the their then there these they this those though three through
    thus to today two under until upon we what when where whether which while who whose why with within without yes
    yesterday yet you
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december
"""
_MALE_FIRST = """
    aaron adam ahmed alan albert alexander ali andrew anthony antonio arthur ben benjamin bernard bill bob boris
    brian bruce carl carlos charles christopher colin craig daniel david dennis derek diego donald edward emmanuel
    eric frank fred gary gavin george gordon graham greg gregory hans harry hassan henry hugh ian ibrahim igor ivan jack
    jacob james jason jeff jeffrey jeremy jim joe joel johan john jonathan jose joseph joshua juan justin keith ken
    kenneth kevin lars liam louis luca luis marco marcus mario mark martin matthew michael miguel mike mohamed mohammed
    neil nicholas nick nigel noah oliver omar oscar owen patrick paul pedro peter philip pierre ralph ray richard robert
    roger ron ronald rory roy russell samuel scott sean sergei simon stefan stephen steve steven stuart ted thomas tim
    timothy tom tomas tony vladimir victor vincent walter wayne william
"""
_FEMALE_FIRST = """
    abigail alice alison amanda amelia amy ana angela ann anna anne annika audrey barbara beatrice betty
    birgit brenda carla carmen carol caroline catherine charlotte chloe christine claire clara cynthia deborah denise
    diana donna dorothy elena elizabeth ella ellen emily emma esther eva fatima fiona frances gloria grace hannah
    harriet heather helen helena ines ingrid irene isabel jane janet janice jennifer jessica joan joanna joanne
    josephine joyce judith julia julie karen kate katherine kathleen kathryn laura leila lena linda lisa louise
    lucia lucy lydia maria marie margaret marta martha mary maya megan melissa mia michelle mira monica nancy natalia
    natalie nina nora olga olivia patricia paula petra rachel rebecca rosa rose ruth sandra sara sarah sharon
    sheila shirley sofia sonia sophia sophie stephanie susan svetlana sylvia teresa theresa ursula valerie vanessa
    veronica victoria virginia wendy yvonne zoe
"""

GENDERS = {
    **dict.fromkeys((_MALE_TITLES + _MALE_ROLES).split(), "m"),
    **dict.fromkeys((_FEMALE_TITLES + _FEMALE_ROLES).split(), "f"),
}
FIRST_NAMES = {**dict.fromkeys(_MALE_FIRST.split(), "m"), **dict.fromkeys(_FEMALE_FIRST.split(), "f")}
COURTESIES = _set("mr mrs ms miss")
HONORIFICS = _set(
    "dr prof professor rev reverend sir dame lord lady king queen prince princess baron baroness pope judge justice "
    "general colonel major captain lieutenant sergeant corporal admiral archbishop cardinal sheikh"
)
ROLES = _set(_ROLES) | frozenset(GENDERS)
BODIES = _set(_BODIES)
COMPANY_NOUNS = _set(_COMPANY_NOUNS)
COMPANY_ENDINGS = _set(_COMPANIES)
PLACE_ENDINGS = _set(_PLACES)
OPENERS = _set(_OPENERS)
UNJOINED = OPENERS - {"may"}
"""Words with which no name goes on; but some are called May."""
PARTICLES = _set("al bin da de del der di dos du el ibn la le ten ter van von")
DOTTED = _set("mr mrs ms dr st gen sen rep gov col lt sgt capt cpl maj prof rev")
HEAD_ENDS = _set(
    """
    of by for from in at on with to as about against between into near that which who whose led seen shown taken held
    written given sent drawn published released obtained compiled carried collected yesterday today
    """
)
"""Words before which a description has named its head: "the report | published by the bank"."""
APPOSITION_ENDS = _set("of for at in from with to said says who that and")
MANY = _set("two three four five six seven eight nine ten dozens several many some few both most others")
