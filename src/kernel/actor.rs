//! Who acts. Every change is recorded with its actor, and the correlation id travels from the request through
//! outbox and jobs, so that one search finds everything that followed from one click.
use entity::value::{CustomerId, UserId};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// Nobody signed in.
    Visitor,
    /// A user of a customer's account.
    User {
        /// Who.
        user_id: UserId,
        /// In which account.
        customer_id: CustomerId,
    },
    /// A member of staff.
    Staff {
        /// Who.
        user_id: UserId,
    },
    /// The program itself: the name of the job or command.
    System(&'static str),
    /// A payment gateway.
    Gateway(String),
}

impl Actor {
    /// The word for the kind of actor in the audit trail.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Visitor => "visitor",
            Self::User { .. } => "user",
            Self::Staff { .. } => "staff",
            Self::System(_) => "system",
            Self::Gateway(_) => "gateway",
        }
    }

    /// The id of the actor in the audit trail.
    pub fn id(&self) -> &str {
        match self {
            Self::Visitor => "-",
            Self::User { user_id, .. } | Self::Staff { user_id } => user_id.as_str(),
            Self::System(name) => name,
            Self::Gateway(code) => code,
        }
    }
}
