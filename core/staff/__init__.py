"""Who works at the centre, what each may do, and signing in."""

from core.staff.accounts import Accounts, NewMember
from core.staff.posts import Post, Right
from core.staff.sign_in import SignedIn, SignIn, Stage
from core.staff.trail import Trail
from core.staff.views import Member

__all__ = ["Accounts", "Member", "NewMember", "Post", "Right", "SignIn", "SignedIn", "Stage", "Trail"]
