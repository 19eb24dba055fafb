"""What the words of a relay's error mean; six envelopes, two languages."""

import re
from typing import Final

from bot.domain.look import Trouble

_READ_LIMIT: Final = 4000  # characters of an error that are looked at
_SHORT: Final = 200  # characters; "not found" is shorter
_FIELDS: Final = ("message", "description", "msg", "detail", "error_description")
_TEXTS: Final = (*_FIELDS, "title", "reason", "type", "code", "error")

_TASK_UNKNOWN: Final = re.compile(
    r"(?i)task(?:[ _-]?id)?(?: with(?: the)? id)?[\s_:'\"-]{0,3}(?:[\w-]{1,64}\W{1,3})?"
    r"(?:(?:does|is|was|has|could|can)\s?)?(?:not?|n't)[\s_-]?(?:be(?:en)?\s)?"
    r"(?:found|exist)"
    r"|(?:no such|unknown) task|(?:not find|not found|not exist)\W{1,3}(?:the )?task"
    r"|task (?:is |has |id )?(?:expired|unknown|missing|deleted)"
    r"|record not found"
    r"|(?:任务|記錄|记录|任務)[^,。]{0,12}?(?:不存在|未找到|找不到|没有找到|已失效)"
    r"|(?:不存在|未找到|找不到|没有找到|未查询到)[^,。]{0,6}(?:任务|任務|记录)"
)
_ROUTE: Final = re.compile(
    r"(?i)invalid url|invalid path|cannot (?:get|post)|no route|route not found|"
    r"no handler|no static resource|unknown (?:path|url|route|endpoint)|加速模式|"
    r"(?:route|path|page|url|endpoint|resource|method|router?)\b.{0,80}"
    r"(?:not (?:be )?found|not exist|not allowed|invalid|not supported)"
)
_NOTHING_HERE: Final = re.compile(r"(?i)\W*(?:404|error|not|found|page|notfound|\W)*")
_OTHER: Final = re.compile(r"(?i)\bmodel|channel|\bgroup\b|模型|渠道|分组")
_QUOTA: Final = re.compile(
    r"(?i)quota|insufficient|balance|额度|額度|余额|餘額|欠费|arrears|payment required"
)
_BANNED: Final = re.compile(
    r"(?i)\bbanned\b|account (?:is |has been )?(?:disabled|suspended|blocked)|"
    r"user (?:is |has been )?(?:disabled|suspended|blocked|banned)|"
    r"(?:用户|用戶|账号|账户|帐号|账户).{0,6}(?:封禁|禁用|冻结)|封禁"
)
_BUSY: Final = re.compile(
    r"(?i)rate.?limit|too many requests|速率|频率|頻率|请稍后再试|負載|负载|并发数"
)
_KEY: Final = re.compile(
    r"(?i)(?:invalid|incorrect|wrong|missing|expired|无效的?|無效的?|过期的?)"
    r".{0,12}(?:token|api.?key|令牌|密钥|key\b|authorization)"
    r"|(?:token|api.?key|令牌|密钥|authorization header).{0,12}"
    r"(?:invalid|incorrect|expired|missing|无效|過期|过期|错误|不正确|已失效)"
    r"|unauthori[sz]ed|未提供令牌|authentication"
)
RATE_CODE: Final = 30  # the gateway's own code for too much


def words_of(told: object) -> str:
    """Join what an error says, from whichever envelope it came in."""
    if isinstance(told, str):
        return told[:_READ_LIMIT]
    if not isinstance(told, dict):
        return ""
    inner = told.get("error")
    places = (told, inner) if isinstance(inner, dict) else (told,)
    texts = (each.get(name) for each in places for name in _TEXTS)
    return " | ".join(t.strip() for t in texts if isinstance(t, str) and t.strip())[
        :_READ_LIMIT
    ]


def message_of(told: object) -> str:
    """Give the sentence of an error alone, without its type."""
    if not isinstance(told, dict):
        return told if isinstance(told, str) else ""
    inner = told.get("error")
    places = (inner, told) if isinstance(inner, dict) else (told,)
    texts = (each.get(name) for each in places for name in (*_FIELDS, "error"))
    return next((t.strip() for t in texts if isinstance(t, str) and t.strip()), "")


def code_of(told: object) -> int | None:
    """Read the envelope's code; None if it has none that is a number."""
    code = told.get("code") if isinstance(told, dict) else None
    if isinstance(code, str) and re.fullmatch(r"-?[0-9]{1,9}", code):
        return int(code)
    return code if isinstance(code, int) and not isinstance(code, bool) else None


def says_task_unknown(told: object) -> bool:
    """Whether it says that the id is unknown, in so many words."""
    return bool(_TASK_UNKNOWN.search(words_of(told)))


def says_no_route(told: object) -> bool:
    """Whether it speaks of the path, or of nothing but "not found"."""
    if isinstance(told, dict) and {"timestamp", "path"} <= told.keys():
        return True  # Spring's answer for a missing route
    message = (message_of(told) or words_of(told))[:_SHORT]
    return bool(_ROUTE.search(words_of(told)) or _NOTHING_HERE.fullmatch(message))


def says_other_thing(told: object) -> bool:
    """Whether what is missing is a model or a channel, not the task."""
    return bool(_OTHER.search(words_of(told)))


def trouble_in(told: object) -> Trouble | None:
    """Tell the trouble that the words name, whatever the HTTP status was."""
    words = words_of(told)
    if _QUOTA.search(words):
        return Trouble.QUOTA
    if _BANNED.search(words):
        return Trouble.BANNED
    if code_of(told) == RATE_CODE or _BUSY.search(words):
        return Trouble.BUSY
    return Trouble.BAD_KEY if _KEY.search(words) else None
