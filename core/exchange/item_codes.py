"""The code lists of the catalogue with their labels, as departments' lists write them. Source: GB/T 39046-2020."""

from __future__ import annotations

from core.exchange.cells import code_list

TASK_TYPES = code_list(
    "01 行政许可|02 行政处罚|03 行政强制|04 行政征收|05 行政给付|06 行政检查|07 行政确认|08 行政奖励|09 行政裁决|"
    "10 其他行政权力 其他权力 其他|20 公共服务"
)
USE_LEVELS = code_list(
    "1 国家 国家级|2 省 省级|3 市 市级 设区市|4 县 县级 区县级|5 镇 乡镇 镇级 乡镇级|6 村 村级 社区|7 分级 分级管理"
)
PROJECT_TYPES = code_list("1 即办件|2 承诺件|9 其他")
SERVE_TYPES = code_list(
    "1 自然人 个人|2 企业法人 企业 法人|3 事业法人 事业单位|4 社会组织 社会组织法人|5 机关 行政机关|6 其他 其他组织"
)
HANDLE_TYPES = code_list("1 窗口 窗口办理|2 电脑端 网上办理 网上|3 移动端|4 快递 快递申请|9 其他")
UNITS = code_list("1 工作日 个工作日|2 自然日 日 天|3 小时|4 月 个月|5 年")
RESULT_TYPES = code_list("10 证照|20 批文|99 其他")
TASK_STATES = code_list("1 在用|2 暂停|3 取消")
NEEDED = code_list("1 必要 是 true 必需|0 非必要 否 false 非必需 容缺")
MATERIAL_TYPES = code_list("1 申请表格文书 申请表格|2 证件证书证明 证件证照|9 其他")
MATERIAL_FORMATS = code_list("1 纸质|2 电子|3 纸质或电子 纸质或电子版 纸质/电子")
SOURCE_TYPES = code_list("10 申请人自备|20 政府部门核发|99 其他")
