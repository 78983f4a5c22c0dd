//! What can go wrong with a contract.
use crate::{
    domain::{billing::InvoiceError, catalog::CatalogError},
    kernel::fault::{Fault, FieldFault, Kind, database_code, database_kind},
};
use entity::value::{SubscriptionId, SubscriptionStatus};
use sea_orm::DbErr;

/// Why a contract refuses.
#[derive(Debug, thiserror::Error)]
pub enum SubscriptionError {
    /// Missing, or somebody else's.
    #[error("there is no such subscription")]
    NotFound,
    /// The act does not fit the contract's state.
    #[error("not possible while the subscription is {0}")]
    InvalidState(SubscriptionStatus),
    /// The contract gave its slot back, and its plan is full, or what is free is for those who paid before.
    #[error("there is no room for the subscription in its plan")]
    PlanFull,
    /// The customer has a live contract of this upgrade-only product.
    #[error("the customer has the live subscription {0} of this product")]
    AlreadyLive(SubscriptionId),
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The stock of the plan.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The invoice of a cycle.
    #[error(transparent)]
    Invoice(#[from] InvoiceError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
}

impl Fault for SubscriptionError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::InvalidState(_) | Self::AlreadyLive(_) | Self::PlanFull => Kind::Conflict,
            Self::Invalid(_) => Kind::Invalid,
            Self::Catalog(error) => error.kind(),
            Self::Invoice(error) => error.kind(),
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::InvalidState(_) => "INVALID_STATE",
            Self::PlanFull => "PLAN_FULL",
            Self::AlreadyLive(_) => "UPGRADE_REQUIRED",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Catalog(error) => error.code(),
            Self::Invoice(error) => error.code(),
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::InvalidState(status) => vec![("status", status.to_string())],
            Self::Catalog(error) => error.args(),
            Self::Invoice(error) => error.args(),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::Catalog(error) => error.fields(),
            Self::Invoice(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> serde_json::Map<String, serde_json::Value> {
        let mut extra = serde_json::Map::new();
        if let Self::AlreadyLive(id) = self {
            extra.insert("subscription_id".to_owned(), id.as_str().into());
        }
        extra
    }
}
