//! News of people. They carry no link or token: whoever writes the mail asks for a fresh one.
use crate::kernel::outbox::Event;
use entity::value::UserId;
use serde::{Deserialize, Serialize};

/// Somebody registered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRegistered {
    /// Who.
    pub user_id: UserId,
}

impl Event for UserRegistered {
    const NAME: &'static str = "user.registered";

    fn aggregate_id(&self) -> String {
        self.user_id.0.clone()
    }
}

/// Somebody registered with an address that has an account: its owner is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RegistrationRepeated {
    /// Whose address.
    pub user_id: UserId,
    /// Which time: the same occasion is told once.
    pub occasion: String,
}

impl Event for RegistrationRepeated {
    const NAME: &'static str = "user.registration_repeated";

    fn aggregate_id(&self) -> String {
        self.user_id.0.clone()
    }
}

/// Somebody asked for the verification mail again. Published for unknown addresses too, so that the answer takes as long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerificationRequested {
    /// The address typed.
    pub email: String,
    /// Which time.
    pub occasion: String,
}

impl Event for VerificationRequested {
    const NAME: &'static str = "user.verification_requested";

    fn aggregate_id(&self) -> String {
        self.occasion.clone()
    }
}

/// Somebody forgot a password. Published for unknown addresses too, so that the answer takes as long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordForgotten {
    /// The address typed.
    pub email: String,
    /// Which time.
    pub occasion: String,
}

impl Event for PasswordForgotten {
    const NAME: &'static str = "user.password_forgotten";

    fn aggregate_id(&self) -> String {
        self.occasion.clone()
    }
}

/// A password was changed or reset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PasswordChanged {
    /// Whose.
    pub user_id: UserId,
    /// Which time.
    pub occasion: String,
}

impl Event for PasswordChanged {
    const NAME: &'static str = "user.password_changed";

    fn aggregate_id(&self) -> String {
        self.user_id.0.clone()
    }
}

/// Somebody was taken on as staff.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StaffAdded {
    /// Who.
    pub user_id: UserId,
    /// Whether the account is new: then it has no password that anybody knows.
    pub is_new: bool,
    /// Which time.
    pub occasion: String,
}

impl Event for StaffAdded {
    const NAME: &'static str = "staff.added";

    fn aggregate_id(&self) -> String {
        self.user_id.0.clone()
    }
}

/// Somebody who was taken over from another system is asked in: to choose a password.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserInvited {
    /// Who.
    pub user_id: UserId,
}

impl Event for UserInvited {
    const NAME: &'static str = "user.invited";

    fn aggregate_id(&self) -> String {
        self.user_id.0.clone()
    }
}

/// A name for one occasion.
pub(super) fn occasion() -> String {
    entity::value::next_ulid().to_string()
}
