"""Words that mean the same wherever a conversation is, in every way that citizens write them."""

from __future__ import annotations

from enum import StrEnum


class Command(StrEnum):
    """What such a word asks for."""

    MORE = "more"
    FORMS = "forms"
    HELP = "help"
    STATUS = "status"
    ITEMS = "items"
    SUBSCRIBE = "subscribe"
    LANGUAGE = "language"
    BACK = "back"
    RESTART = "restart"
    OPERATOR = "operator"
    END = "end"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    CHINESE = "zh"
    ENGLISH = "en"


COMMANDS: dict[str, Command] = {
    **dict.fromkeys(("更多", "更多内容", "下一页", "其余", "more", "next", "m"), Command.MORE),
    **dict.fromkeys(("表格", "下载表格", "空白表格", "form", "forms"), Command.FORMS),
    **dict.fromkeys(("帮助", "?", "help", "info", "h", "你好", "您好", "hi", "hello", "/help"), Command.HELP),
    **dict.fromkeys(("/status",), Command.STATUS),
    **dict.fromkeys(("/items", "办事指南", "事项"), Command.ITEMS),
    **dict.fromkeys(("/subscribe", "订阅", "subscribe"), Command.SUBSCRIBE),
    **dict.fromkeys(("/language", "语言", "language"), Command.LANGUAGE),
    **dict.fromkeys(("上一步", "返回", "后退", "back", "go back", "b", "*"), Command.BACK),
    **dict.fromkeys(("重来", "重新开始", "从头开始", "restart", "start over", "main menu", "主菜单"), Command.RESTART),
    **dict.fromkeys(
        ("人工", "转人工", "人工服务", "找人工", "接线员", "0", "agent", "operator", "human", "a person"),
        Command.OPERATOR,
    ),
    **dict.fromkeys(("#", "结束", "再见", "挂断", "bye", "goodbye", "quit", "exit"), Command.END),
    **dict.fromkeys(("td", "t", "r", "退订", "stop", "unsubscribe"), Command.OPT_OUT),
    **dict.fromkeys(("恢复", "start", "unstop"), Command.OPT_IN),
    **dict.fromkeys(("中文", "普通话", "汉语", "chinese", "zhongwen"), Command.CHINESE),
    **dict.fromkeys(("english", "英文", "英语"), Command.ENGLISH),
}
