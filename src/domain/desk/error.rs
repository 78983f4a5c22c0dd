//! What the desk refuses. Whatever it says, nothing changed.
use super::Obstacle;
use crate::{
    domain::{customers::CustomerError, ledger::LedgerError},
    kernel::fault::{Fault, FieldFault, Kind, database_code, database_kind},
};
use serde_json::{Map, Value, json};

/// Why the desk did not do as told.
#[derive(Debug, thiserror::Error)]
pub enum DeskError {
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// Something of the account runs, is owed or is under way.
    #[error("{} things stand in the way", .0.len())]
    NotClosable(Vec<Obstacle>),
    /// The two are not the same, or something is under way.
    #[error("{} things keep the accounts from being one", .0.len())]
    NotMergeable(Vec<Obstacle>),
    /// Whoever belongs to an account does not merge it.
    #[error("this is the own account of who merges")]
    OwnAccount,
    /// Something is owed or on its way, so that the wallet of a closed account keeps its money.
    #[error("{} things keep the wallet from being paid out", .0.len())]
    NotPayable(Vec<Obstacle>),
    /// Only a closed account can do without its owner.
    #[error("the account is not closed")]
    NotClosed,
    /// The customer.
    #[error(transparent)]
    Customer(#[from] CustomerError),
    /// The wallet.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The database.
    #[error(transparent)]
    Database(#[from] sea_orm::DbErr),
}

impl Fault for DeskError {
    fn kind(&self) -> Kind {
        match self {
            Self::Invalid(_) => Kind::Invalid,
            Self::NotClosable(_) | Self::NotMergeable(_) | Self::NotPayable(_) | Self::OwnAccount | Self::NotClosed => {
                Kind::Conflict
            }
            Self::Customer(error) => error.kind(),
            Self::Ledger(error) => error.kind(),
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::NotClosable(_) => "CUSTOMER_NOT_CLOSABLE",
            Self::NotMergeable(_) => "CUSTOMERS_NOT_MERGEABLE",
            Self::NotPayable(_) => "WALLET_NOT_PAYABLE",
            Self::OwnAccount => "OWN_ACCOUNT",
            Self::NotClosed => "CUSTOMER_NOT_CLOSED",
            Self::Customer(error) => error.code(),
            Self::Ledger(error) => error.code(),
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::NotClosable(obstacles) | Self::NotMergeable(obstacles) | Self::NotPayable(obstacles) => {
                vec![("n", obstacles.len().to_string())]
            }
            Self::Customer(error) => error.args(),
            Self::Ledger(error) => error.args(),
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            Self::Customer(error) => error.fields(),
            Self::Ledger(error) => error.fields(),
            _ => Vec::new(),
        }
    }

    fn extra(&self) -> Map<String, Value> {
        match self {
            Self::NotClosable(obstacles) | Self::NotMergeable(obstacles) | Self::NotPayable(obstacles) => {
                let told =
                    obstacles.iter().map(|one| json!({ "kind": one.kind.as_str(), "id": one.id, "label": one.label }));
                Map::from_iter([("obstacles".to_owned(), told.collect())])
            }
            Self::Ledger(error) => error.extra(),
            _ => Map::new(),
        }
    }
}
