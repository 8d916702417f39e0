"""Built-in model: coefficients fitted on public repositories by ``benchmarks/risk/fit.py``; do not edit by hand."""

from __future__ import annotations

from pytest_syncpoints.risk.model import Model

FITTED_ON = "2026-11-21"
CHANGES = 137774
FIXED = 15590
# Means over these repositories, each measured with coefficients from all the others.
METRICS = (
    ("auc", 0.762),
    ("in_size", 0.654),
    ("gate5", 0.213),
    ("gate10", 0.342),
    ("gate20", 0.518),
    ("brier_skill", 0.108),
    ("ece", 0.025),
)
REPOSITORIES = (
    "DataDog/dd-trace-py",
    "SciTools/iris",
    "aio-libs/aiohttp",
    "ansible/ansible",
    "buildbot/buildbot",
    "caddyserver/caddy",
    "celery/celery",
    "cli/cli",
    "conan-io/conan",
    "containerd/containerd",
    "encode/django-rest-framework",
    "eslint/eslint",
    "esphome/esphome",
    "grafana/k6",
    "hashicorp/terraform",
    "ipython/ipython",
    "microsoft/vscode-python",
    "mitmproxy/mitmproxy",
    "open-telemetry/opentelemetry-collector",
    "openstack/keystone",
    "pantsbuild/pants",
    "prometheus/prometheus",
    "pydantic/pydantic",
    "pydata/xarray",
    "pylint-dev/pylint",
    "pypa/pip",
    "pytest-dev/pytest",
    "python/mypy",
    "python-poetry/poetry",
    "redis/redis",
    "rubocop/rubocop",
    "saleor/saleor",
    "scrapy/scrapy",
    "sphinx-doc/sphinx",
    "sympy/sympy",
    "wagtail/wagtail",
    "webpack/webpack",
)
# Term, coefficient, mean over the changes it was fitted on.
TERMS = (
    ("code_added", 0.5175, 2.4367),
    ("code_added_squared", -0.0359, 8.3155),
    ("branches", 0.1708, 1.1626),
    ("calls", 0.1279, 1.8821),
    ("fixes", 0.2603, 0.6375),
    ("fix", 0.3284, 0.2319),
    ("not_code", 0.0627, 0.1015),
    ("tests_added", 0.0279, 1.6330),
    ("code_deleted", 0.0212, 1.8051),
    ("imports", 0.1123, 0.4389),
    ("fix_share", 0.7672, -0.1657),
)
BUILT_IN = Model(
    name="built-in 2026-11-21",
    calibrated_on="37 public repositories",
    n=CHANGES,
    intercept=-4.1795,
    base_rate=0.1089,
    terms=TERMS,
)
