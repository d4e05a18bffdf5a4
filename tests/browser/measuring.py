"""What only a browser can tell of a page: what fits, what can be touched, what can be read."""

from __future__ import annotations

from playwright.sync_api import Page

TOO_WIDE = "document.documentElement.scrollWidth - innerWidth"

# Words on the page with their size, and what holds them.
_SHOWN = """
const shown = element => element.checkVisibility({opacityProperty: true, visibilityProperty: true})
    && element.getBoundingClientRect().width > 1;
const named = element => element.outerHTML.slice(0, 90);
const texts = () => {
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = [];
    while (walk.nextNode()) {
        const element = walk.currentNode.parentElement;
        if (walk.currentNode.data.trim() && shown(element) && !element.closest('.hidden, .skip')) found.push(element);
    }
    return found;
};
"""

_SMALL_WORDS = (
    "() => {"
    + _SHOWN
    + """
    return texts().filter(element => parseFloat(getComputedStyle(element).fontSize) < 16).map(named);
}"""
)

# Links within a sentence are as high as its line; everything else must have room for a thumb.
_SMALL_TARGETS = (
    "least => {"
    + _SHOWN
    + """
    const targets = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), summary')];
    const inSentence = target => getComputedStyle(target).display === 'inline';
    const room = control => {
        // A choice is made as well by its words.
        const target = control.type === 'radio' ? control.labels[0] : control;
        const after = getComputedStyle(target, '::after');
        const box = after.position === 'absolute' && after.inset === '0px' ? target.offsetParent : target;
        return box.getBoundingClientRect().height;
    };
    return targets.filter(target => shown(target) && !target.matches('.skip') && !inSentence(target))
        .filter(target => room(target) < least).map(target => `${Math.round(room(target))} px: ${named(target)}`);
}"""
)

_FAINT = (
    "() => {"
    + _SHOWN
    + """
    const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const over = (top, below) => top.slice(0, 3).map((part, i) => part * top[3] + below[i] * (1 - top[3]));
    const ground = element => {
        const below = element.parentElement ? ground(element.parentElement) : [255, 255, 255];
        return over(rgba(getComputedStyle(element).backgroundColor), below);
    };
    const luminance = colour => [0.2126, 0.7152, 0.0722].reduce((sum, weight, i) => {
        const part = colour[i] / 255;
        return sum + weight * (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    }, 0);
    const contrast = (one, other) => {
        const [dim, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
        return (bright + 0.05) / (dim + 0.05);
    };
    const needed = style => {
        const size = parseFloat(style.fontSize);
        return size >= 24 || (size >= 18.66 && style.fontWeight >= 700) ? 3 : 4.5;
    };
    const found = [];
    const judge = (element, pseudo) => {
        const style = getComputedStyle(element, pseudo);
        const below = pseudo ? over(rgba(style.backgroundColor), ground(element)) : ground(element);
        const has = contrast(over(rgba(style.color), below), below);
        if (has < needed(style)) found.push(`${has.toFixed(2)}${pseudo ?? ''}: ${named(element)}`);
        return has;
    };
    let judged = 0;
    for (const element of texts()) { judge(element); judged++; }
    for (const element of document.querySelectorAll('body *')) for (const pseudo of ['::before', '::after']) {
        const {content} = getComputedStyle(element, pseudo);
        if (shown(element) && !['none', 'normal', '""'].includes(content)) { judge(element, pseudo); judged++; }
    }
    return {found, judged};
}"""
)

_FOCUS = """
() => {
    const element = document.activeElement;
    const drawn = [getComputedStyle(element), getComputedStyle(element, '::after')];
    const box = element.getBoundingClientRect();
    return {
        where: element === document.body ? '' : element.outerHTML.slice(0, 90),
        ring: drawn.some(style => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
        inView: box.width > 1 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    };
}
"""


def overflow_px(page: Page) -> int:
    """By how much a page is wider than its window."""
    return int(page.evaluate(TOO_WIDE))


def small_words(page: Page) -> list[str]:
    """Words set smaller than 16 pixels."""
    return list(page.evaluate(_SMALL_WORDS))


def small_targets(page: Page, least_px: int = 44) -> list[str]:
    """Controls that are too low to be touched."""
    return list(page.evaluate(_SMALL_TARGETS, least_px))


def faint_words(page: Page) -> list[str]:
    """Words with less contrast than 4.5:1, large ones 3:1 (WCAG 2.2, 1.4.3), those that style sheets add included."""
    told = page.evaluate(_FAINT)
    assert told["judged"] > 10, "a page without words"
    return list(told["found"])


def focus(page: Page) -> dict[str, object]:
    """What has the focus, whether that is marked, and whether it can be seen."""
    return dict(page.evaluate(_FOCUS))
