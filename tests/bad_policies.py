"""Bad policies: what was written, where the fault is, what the message says, what the remedy names.

``structural`` marks those that the JSON Schema refuses as well; the others are faults of sense.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bad:
    """One faulty policy."""

    text: str
    at: tuple[int, int]
    says: str
    remedy: str = ""
    structural: bool = True


OPS = '[teams.ops]\nmembers = ["alice@example.org", "bob@example.org"]\n'  # two lines
POINT = OPS + '[syncpoints.p]\npaths = ["src/"]\n'  # four lines
PARTS = 'participants = [{ team = "ops", purpose = "permission" }]\n'
PART = '[components.c]\npaths = ["src/"]\n'  # two lines
NORM = '[norms.n]\ncall = "f"\n'  # two lines


def sense(text: str, at: tuple[int, int], says: str, remedy: str = "") -> Bad:
    """Return a policy that is well formed but makes no sense."""
    return Bad(text, at, says, remedy, structural=False)


BAD: dict[str, Bad] = {
    # keys
    "an unknown table": Bad("[chnage]\nbudget = 1\n", (1, 1), "there is no key 'chnage'", "did you mean 'change'?"),
    "an unknown key at the top": Bad("budget = 1\n", (1, 1), "there is no key 'budget'"),
    "an unknown key in a table": Bad("[change]\nbudgets = 1\n", (2, 1), "'budgets' in [change]", "'budget'"),
    "an unknown key of a team": Bad("[teams.ops]\nmember = []\n", (2, 1), "no key 'member'", "'members'"),
    "an unknown key of a participant": Bad(
        POINT + 'participants = [{ team = "ops", purpose = "permission", approval = 2 }]\n',
        (5, 57),
        "'approval'",
        "'approvals'",
    ),
    "an unknown key with nothing near": Bad("[flow]\nzzzzzzzz = 1\n", (2, 1), "'zzzzzzzz'", "one of: open_changes"),
    "an unknown key below open_changes": Bad(
        "[flow]\nopen_changes = { per_autor = 3 }\n", (2, 18), "per_autor", "'per_author'"
    ),
    "an unknown key in an exemption": Bad(
        '[[exemptions]]\nrule = "SIZ"\nbecause = "x"\nuntill = 2027-01-01\n', (4, 1), "'untill'", "'until'"
    ),
    "a key with a control character": Bad('"a\\u0007" = 1\n', (1, 1), "there is no key 'a\\x07'"),
    # shapes
    "a table that is a number": Bad("change = 3\n", (1, 1), "change is an integer, expected a table"),
    "named tables that are a list": Bad("teams = []\n", (1, 1), "expected tables [teams.NAME]"),
    "a named table that is a string": Bad('[teams]\nops = "alice"\n', (2, 1), "ops is a string, expected a table"),
    "people that are a list": Bad('people = ["@alice"]\n', (1, 1), 'expected alice = ["@alice"'),
    "exemptions as one table": Bad(
        "[exemptions]\nrule = 'SIZ'\n", (1, 1), "exemptions is a table, expected an array of tables"
    ),
    "rules that are a list": Bad("rules = []\n", (1, 1), "expected a table of levels by rule"),
    "participants that are a table": Bad(
        POINT + 'participants = { team = "ops" }\n', (5, 1), "expected an array of tables"
    ),
    "a participant that is a string": Bad(POINT + 'participants = ["ops"]\n', (5, 17), "expected a table"),
    # missing and empty
    "a syncpoint without participants": Bad(POINT, (3, 1), "[syncpoints.p] needs 'participants'"),
    "a syncpoint that asks nobody": Bad(
        POINT + "participants = []\n", (5, 1), "a rule that asks nobody would approve everything"
    ),
    "a participant without a team": Bad(
        POINT + 'participants = [{ purpose = "permission" }]\n', (5, 17), "needs 'team'"
    ),
    "a participant without a purpose": Bad(POINT + 'participants = [{ team = "ops" }]\n', (5, 17), "needs 'purpose'"),
    "a participant with no purpose in the list": Bad(
        POINT + 'participants = [{ team = "ops", purpose = [] }]\n', (5, 33), "purpose is empty", "some of: permission"
    ),
    "a component without paths": Bad("[components.c]\n", (1, 1), "[components.c] needs 'paths'"),
    "a component with no path in the list": Bad("[components.c]\npaths = []\n", (2, 1), "paths is empty", "name some"),
    "an incident without a date": Bad(
        PART + "[incidents.i]\ncomponents = ['c']\n", (3, 1), "[incidents.i] needs 'date'"
    ),
    "an incident without components": Bad("[incidents.i]\ndate = 2026-03-02\n", (1, 1), "needs 'components'"),
    "an incident that hit nothing": Bad(
        "[incidents.i]\ndate = 2026-03-02\ncomponents = []\n", (3, 1), "components is empty"
    ),
    "an exemption without a reason": Bad('[[exemptions]]\nrule = "SIZ"\n', (1, 1), "needs 'because': why"),
    "an exemption with an empty reason": Bad(
        '[[exemptions]]\nrule = "SIZ"\nbecause = " "\n', (3, 1), "because is empty"
    ),
    "an exemption without a rule": Bad('[[exemptions]]\nbecause = "x"\n', (1, 1), "needs 'rule'"),
    "an exemption that would hold everywhere": Bad(
        '[[exemptions]]\nrule = "SIZ"\nbecause = "x"\npaths = []\n', (4, 1), "paths is empty", "leave paths out"
    ),
    "a syncpoint that would watch the whole change": Bad(
        OPS + "[syncpoints.p]\ncomponents = []\n" + PARTS, (4, 1), "components is empty"
    ),
    "an empty when": Bad(POINT + PARTS + "when = []\n", (6, 1), "when is empty", "some of: touched"),
    "an empty accept": Bad(POINT + PARTS + "accept = []\n", (6, 1), "accept is empty", "review"),
    "members that are nobody": Bad("[teams.ops]\nmembers = []\n", (2, 1), "members is empty"),
    "a person without identities": Bad("[people]\nalice = []\n", (2, 1), "alice has no identity"),
    "a rule without levels": Bad("[rules]\nSIZ = {}\n", (2, 1), "SIZ has no level"),
    # values
    "a budget in words": Bad('[change]\nbudget = "400"\n', (2, 1), "budget is a string '400', expected a whole number"),
    "a budget of nothing": Bad("[change]\nbudget = 0\n", (2, 1), "budget is 0, expected at least 1"),
    "a negative limit": Bad("[change]\nlimit = -5\n", (2, 1), "limit is -5, expected at least 1"),
    "a budget with a fraction": Bad("[change]\nbudget = 1.5\n", (2, 1), "budget is a float 1.5"),
    "a budget that is true": Bad("[change]\nbudget = true\n", (2, 1), "budget is a boolean"),
    "a number too long to print": Bad(
        "[change]\nbudget = 0x" + "f" * 5000 + "\n", (2, 1), "budget is a very large number"
    ),
    "a long number where a string belongs": Bad(
        "[norms.n]\ncall = 0x" + "f" * 5000 + "\n", (2, 1), "an integer a very large number, expected a string"
    ),
    "a limit below the budget": sense(
        "[change]\nlimit = 300\n", (2, 1), "limit is 300, below the budget of 400", "at least"
    ),
    "a component's budget above the limit": sense(
        "[change]\nlimit = 500\n" + PART + "budget = 600\n", (5, 1), "above the limit of 500"
    ),
    "an unknown dialect": Bad('[ownership]\ndialect = "githup"\n', (2, 1), "no dialect 'githup'", "'github'"),
    "an unknown tier": Bad(PART + 'tier = "critcal"\n', (3, 1), "no tier 'critcal'", "'critical'"),
    "a tier that is a list": Bad(PART + 'tier = ["shared"]\n', (3, 1), "tier is an array, expected one of critical"),
    "an unknown purpose": Bad(
        POINT + 'participants = [{ team = "ops", purpose = "permision" }]\n',
        (5, 33),
        "no purpose 'permision'",
        "'permission'",
    ),
    "an unknown trigger": Bad(
        POINT + PARTS + 'when = ["touched", "publicapi"]\n', (6, 20), "no trigger 'publicapi'", "'public-api'"
    ),
    "a trigger twice": Bad(POINT + PARTS + 'when = ["size", "size"]\n', (6, 17), "'size' is named twice"),
    "an unknown sign-off source": Bad(
        POINT + PARTS + 'accept = ["reviews"]\n', (6, 11), "no sign-off source 'reviews'", "'review'"
    ),
    "an unknown binding": Bad(POINT + PARTS + 'bind = "blob"\n', (6, 1), "no binding 'blob'", "'blobs'"),
    "approvals of nobody": Bad(
        POINT + 'participants = [{ team = "ops", purpose = "permission", approvals = 0 }]\n', (5, 57), "at least 1"
    ),
    "a tempo without a unit": Bad('[teams.ops]\ntempo = "14"\n', (2, 1), "a duration such as 14d"),
    "a tempo of nothing": Bad('[teams.ops]\ntempo = "0d"\n', (2, 1), "tempo is a string '0d'"),
    "a tempo in other digits": Bad('[teams.ops]\ntempo = "१४d"\n', (2, 1), "a duration such as"),
    "a tempo beyond all time": Bad('[teams.ops]\ntempo = "' + "9" * 5000 + 'd"\n', (2, 1), "..., expected a duration"),
    "a capacity without a week": Bad('[teams.ops]\ncapacity = "6h"\n', (2, 1), "6h/week"),
    "a date that is no day": Bad(
        PART + 'tier = "experiment"\nuntil = "2026-02-30"\n', (4, 1), "a date such as 2026-03-02", structural=False
    ),
    "a date with a time of day": Bad(
        PART + 'tier = "experiment"\nuntil = 2027-01-31T10:00:00\n',
        (4, 1),
        "a date such as 2026-03-02",
        structural=False,
    ),
    "a date that is a time": Bad(PART + 'tier = "experiment"\nuntil = 10:00:00\n', (4, 1), "until is a time"),
    "a switch that is a word": Bad(
        NORM + 'ratchet = "yes"\n', (3, 1), "ratchet is a string 'yes', expected true or false"
    ),
    "a norm's call with parentheses": Bad(
        '[norms.n]\ncall = "requests.get()"\n', (2, 1), "'requests.get()' is no qualified name", structural=False
    ),
    "a replacement with a misspelt hole": Bad(
        NORM + 'replace = "g.{nam}"\n', (3, 1), "only {name} is filled in", structural=False
    ),
    "a replacement that leads back": Bad(
        NORM + 'replace = "f"\n', (3, 1), "is itself what the norm is about", structural=False
    ),
    "norms that supersede each other": Bad(
        '[norms.a]\ncall = "f"\nsupersedes = ["b"]\n[norms.b]\ncall = "g"\nsupersedes = ["a"]\n',
        (6, 1),
        "the norm b supersedes itself, through 'a'",
        structural=False,
    ),
    "a list that is a string": Bad('[change]\nexclude = "*.lock"\n', (2, 1), "expected an array of strings"),
    "a list with a number in it": Bad(
        '[change]\nexclude = ["*.lock", 3]\n', (2, 22), "item 2 of exclude is an integer 3"
    ),
    "a list with an empty string": Bad('[change]\nexclude = ["*.lock",\n  ""]\n', (3, 3), "item 2 of exclude is empty"),
    "a literal with a control character": Bad(
        POINT + PARTS + 'content = ["a\\u0000"]\n', (6, 12), "control character", structural=False
    ),
    # patterns
    "a negated pattern": Bad(
        '[change]\nexclude = ["!a"]\n', (2, 12), "starts with !: patterns here only add", structural=False
    ),
    "a pattern that leaves the tree": Bad(
        '[change]\nexclude = ["../a"]\n', (2, 12), "leaves the tree (..)", structural=False
    ),
    "a pattern from here": Bad('[change]\nexclude = ["./a"]\n', (2, 12), "holds ./", structural=False),
    "a pattern from home": Bad('[change]\nexclude = ["~/a"]\n', (2, 12), "is absolute", structural=False),
    "a pattern from a drive": Bad('[change]\nexclude = ["C:/a"]\n', (2, 12), "is absolute", structural=False),
    "a pattern with backslashes for folders": Bad(
        "[change]\nexclude = ['src\\billing']\n", (2, 12), "stray backslash", structural=False
    ),
    "a pattern that ends in a backslash": Bad(
        "[change]\nexclude = ['src\\']\n", (2, 12), "stray backslash", structural=False
    ),
    "a pattern with two slashes": Bad('[change]\nexclude = ["a//b"]\n', (2, 12), "holds //", structural=False),
    "a pattern of slashes": Bad('[change]\nexclude = ["//"]\n', (2, 12), "names no path", structural=False),
    "a pattern with a line end": Bad('[change]\nexclude = ["a\\nb"]\n', (2, 12), "holds a line end", structural=False),
    "a pattern with a space at its end": Bad(
        '[change]\nexclude = ["a "]\n', (2, 12), "starts or ends with a space", structural=False
    ),
    "a pattern twice": Bad('[change]\nexclude = ["a", "a"]\n', (2, 17), "'a' is named twice in exclude"),
    # names
    "an empty name": Bad("[teams.'']\n", (1, 1), "cannot be a name here: it is empty", structural=False),
    "a name with a line end": Bad(
        '[components."a\\nb"]\npaths = ["a"]\n', (1, 1), "control character", structural=False
    ),
    "a name with an escape sequence": Bad(
        '[norms."\\u001b[31m"]\ncall = "f"\n', (1, 1), "control character", structural=False
    ),
    "a name that reads backwards": Bad('[teams."\\u202eops"]\n', (1, 1), "control character", structural=False),
    "a sync point's name with a slash": Bad(
        OPS + '[syncpoints."a/b"]\npaths = ["a"]\n' + PARTS, (3, 1), "first slash", structural=False
    ),
    "a team's name with a space": Bad('[teams."the ops"]\n', (1, 1), "a trailer could not hold it", structural=False),
    "a name without end": Bad(f"[teams.{'x' * 101}]\n", (1, 1), "more than 100 characters", structural=False),
    "teams that differ by case": sense("[teams.ops]\n[teams.Ops]\n", (2, 1), "'Ops' and 'ops' differ only by case"),
    "a person and a team of one name": sense(
        '[people]\nops = ["@o"]\n' + OPS, (2, 1), "'ops' is a person and a team", "another name"
    ),
    "a person named like a handle": sense('[people]\n"@al" = ["@alice"]\n', (2, 1), "cannot be a person's name"),
    # people and teams
    "an identity that is a name": Bad(
        '[people]\nalice = ["Alice"]\n', (2, 10), "neither an @handle nor an e-mail", structural=False
    ),
    "one identity for two people": sense('[people]\na = ["@x"]\nb = ["@X"]\n', (3, 6), "'@X' is listed for a too"),
    "a member who is nobody": sense(
        '[people]\nalice = ["@alice"]\n[teams.ops]\nmembers = ["alcie"]\n',
        (4, 12),
        "nobody is called 'alcie'",
        "'alice'",
    ),
    "a member that is a team": sense(
        OPS + '[teams.all]\nmembers = ["ops"]\n', (4, 12), "'ops' is a team", "do not nest"
    ),
    "a member that is half an e-mail": sense(
        '[teams.ops]\nmembers = ["alice@"]\n', (2, 12), "no @handle, @org/team or e-mail"
    ),
    "a member twice": Bad('[teams.ops]\nmembers = ["@a", "@a"]\n', (2, 18), "'@a' is named twice in members"),
    "more approvals than members": sense(
        POINT + 'participants = [{ team = "ops", purpose = "permission", approvals = 3 }]\n',
        (5, 57),
        "ops has 2 members",
    ),
    # references
    "an unknown team": sense(
        POINT + 'participants = [{ team = "opps", purpose = "permission" }]\n',
        (5, 19),
        "no team 'opps'",
        "did you mean 'ops'?",
    ),
    "an unknown team and no team near": sense(
        '[syncpoints.p]\npaths = ["a"]\n' + PARTS, (3, 19), "no team 'ops'", "declare [teams.ops]"
    ),
    "an unknown component": sense(
        OPS
        + PART.replace("[components.c]", "[components.ledger]")
        + '[syncpoints.p]\ncomponents = ["ledgr"]\n'
        + PARTS,
        (6, 15),
        "no component 'ledgr'",
        "'ledger'",
    ),
    "a component twice": Bad(
        OPS + PART + '[syncpoints.p]\ncomponents = ["c", "c"]\n' + PARTS, (6, 20), "'c' is named twice in components"
    ),
    "an unknown norm": sense(
        POINT
        + 'participants = [{ team = "ops", purpose = "compliance", unless_norms = ["timeout"] }]\n'
        + NORM.replace("norms.n", "norms.timeouts"),
        (5, 73),
        "no norm 'timeout'",
        "'timeouts'",
    ),
    "a norm in place of permission": sense(
        POINT + 'participants = [{ team = "ops", purpose = "permission", unless_norms = ["n"] }]\n' + NORM,
        (5, 57),
        "a norm can stand in for compliance only",
    ),
    "a purpose twice for one team": sense(
        POINT + PARTS.replace("}]", '}, { team = "ops", purpose = "permission" }]'),
        (5, 75),
        "ops meets for permission twice at p",
    ),
    "an unknown waiver": sense(
        POINT + PARTS + 'waivable_by = ["opss"]\n', (6, 16), "no team or person 'opss'", "'ops'"
    ),
    "a sync point's paths beside a component of its name": sense(
        OPS + '[components.p]\npaths = ["a"]\n[syncpoints.p]\npaths = ["b"]\n' + PARTS,
        (6, 1),
        "p is a component of its own",
        "instead",
    ),
    "an incident on an unknown component": sense(
        PART + "[incidents.i]\ndate = 2026-03-02\ncomponents = ['d']\n", (5, 15), "no component 'd'"
    ),
    "an incident with an unknown norm": sense(
        PART + NORM + "[incidents.i]\ndate = 2026-03-02\ncomponents = ['c']\nnorm = 'nn'\n",
        (8, 1),
        "no norm 'nn'",
        "'n'",
    ),
    # experiments
    "an experiment without an end": sense(PART + 'tier = "experiment"\n', (1, 1), "needs 'until'"),
    "an end without an experiment": sense(PART + "until = 2026-12-01\n", (3, 1), "c is normal"),
    # norms
    "a norm that says nothing": sense('[norms.n]\nwhy = "x"\n', (1, 1), "the norm n says nothing"),
    "a norm that supersedes itself": sense(NORM + 'supersedes = ["n"]\n', (3, 1), "supersedes itself"),
    "a norm that supersedes nothing known": sense(NORM + 'supersedes = ["m"]\n', (3, 15), "no norm 'm'"),
    "a keyword that is none": sense(NORM + 'require_keyword = "time out"\n', (3, 1), "no keyword of a call"),
    "a keyword without a call": sense('[norms.n]\nimport = "x"\nrequire_keyword = "y"\n', (3, 1), "needs a call"),
    "a keyword required and forbidden": sense(
        NORM + 'require_keyword = "y"\nforbid_keyword = "y"\n', (4, 1), "required and forbidden"
    ),
    # rules, exemptions, machines, signers, plugins
    "a level that is none": Bad('[rules]\nSIZ002 = "warning"\n', (2, 1), "there is no level 'warning'", "'warn'"),
    "a level that is a number": Bad("[rules]\nSIZ002 = 1\n", (2, 1), "there is no level 1", "one of: off"),
    "a level that is a list": Bad("[rules]\nSIZ002 = [1]\n", (2, 1), "there is no level an array"),
    "a level at no door": Bad('[rules]\nSIZ = { loacl = "off" }\n', (2, 9), "no door 'loacl'", "'local'"),
    "a level that is none at a door": Bad('[rules]\nSIZ = { ci = "blok" }\n', (2, 9), "no level 'blok'", "'block'"),
    "a rule that is none": Bad(
        '[rules]\nSIZ999 = "off"\n', (2, 1), "no rule is called 'SIZ999'", "'SIZ", structural=False
    ),
    "a rule in small letters": Bad('[rules]\nsiz001 = "off"\n', (2, 1), "no rule is called 'siz001'", structural=False),
    "a rule that only a plugin could have": sense(
        '[rules]\nSYNC001 = "off"\n', (2, 1), "and no plugin is named", "'SYN001'"
    ),
    "an exemption from no rule": Bad(
        '[[exemptions]]\nrule = "SIZ"\nbecause = "x"\n[[exemptions]]\nrule = "SZI001"\nbecause = "x"\n',
        (5, 1),
        "no rule is called 'SZI001'",
        "'SIZ001'",
        structural=False,
    ),
    "machines that are everybody": Bad('[machine]\nauthors = ["*"]\n', (2, 12), "covers everybody", structural=False),
    "a signers file outside": Bad(
        '[signers]\nfile = "/etc/signers"\n', (2, 1), "no path of a file below the top", structural=False
    ),
    "a fingerprint too short": Bad(
        '[signers]\nfingerprints = ["ABCD"]\n', (2, 17), "no fingerprint", "gpg --list-keys", structural=False
    ),
    "a plugin that is no module": Bad(
        'plugins = ["acme-checks"]\n', (1, 12), "'acme-checks' is no module name", structural=False
    ),
}
