"""The fields of requests in the trader's words: what each is called, and what can be typed into it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FieldWords:
    """A field of a request, under the API's name; `hint` stands beside it while it is empty."""

    name: str
    label: str
    hint: str


_ALL = (
    FieldWords("side", "side", "buy or sell"),
    FieldWords("contract_id", "contract id", "as the exchange has it"),
    FieldWords("contract_name", "contract name", "in place of the id"),
    FieldWords("delivery_area", "delivery area", "such as AMP, or the EIC"),
    FieldWords("portfolio_id", "portfolio", "the id of the portfolio"),
    FieldWords("quantity", "quantity MW", "all of it, at most 1 decimal"),
    FieldWords("price", "price per MWh", "at most 2 decimals; may be below 0"),
    FieldWords("type", "type", "limit, iceberg or block"),
    FieldWords("txt", "text", "goes with the order"),
    FieldWords("state", "state", "active, or deactivated (HIBE)"),
    FieldWords("display_qty", "display MW", "what an iceberg shows at a time"),
    FieldWords("ppd", "peak price delta", "iceberg: buy at most 0, sell at least 0"),
    FieldWords("ordr_exe_restriction", "restriction", "NON, FOK, IOC, AON or AU"),
    FieldWords("validity_res", "validity", "GFS, GTD, or NON with FOK and IOC"),
    FieldWords("validity_date", "valid until", "14:30 or 2026-11-22 14:30, with GTD"),
    FieldWords("dlvry_start", "delivery start", "in place of the contract: 14:00"),
    FieldWords("dlvry_end", "delivery end", "15:00 or 2026-11-22 15:00"),
    FieldWords("prod", "product", "with delivery start and end only"),
    FieldWords("location", "location", "where a product asks for it"),
    FieldWords("account_id", "account", "the exchange account"),
    FieldWords("clearing_acct_type", "clearing account", "P or A"),
    FieldWords("pre_arranged", "pre-arranged", "yes or no"),
    FieldWords("pre_arranged_acct", "with account", "the other side of a pre-arranged order"),
    FieldWords("strategy_id", "strategy", "id of the strategy"),
    FieldWords("unit_id", "unit", "OMIE and HEnEx"),
    FieldWords("expected_net_pos", "net position", "exactly this"),
    FieldWords("expected_min_net_pos", "net less sells", "net position with standing sells"),
    FieldWords("expected_max_net_pos", "net plus buys", "net position with standing buys"),
    FieldWords("expected_abs_pos", "abs. position", "exactly this"),
    FieldWords("expected_sell_abs_pos", "abs. with sells", "with standing sells"),
    FieldWords("expected_buy_abs_pos", "abs. with buys", "with standing buys"),
    FieldWords("expected_min_net_pos_exposure", "least exposure", "of the net position"),
    FieldWords("expected_max_net_pos_exposure", "most exposure", "of the net position"),
)

FIELD_WORDS: Mapping[str, FieldWords] = {field.name: field for field in _ALL}
"""By the names of OrderEntry and OrderModify."""

_OPTIONS = (
    FieldWords("exec_instruction", "instruction", "NONE, VALID or LNKD; empty: the server's own, VALID"),
    FieldWords("internal_trading", "internal trades", "yes or no; empty: as the market has it"),
    FieldWords("fail_on_limit_violations", "stop at a limit", "one broken limit stops all; empty: yes"),
    FieldWords("ignore_order_action_quota", "pass the quota", "yes or no; empty: no"),
    FieldWords("include_errors", "tell what failed", "tells of each order that failed; empty: no"),
)

OPTION_WORDS: Mapping[str, FieldWords] = {field.name: field for field in _OPTIONS}
"""The options of a request, by the names of WriteOptions."""
