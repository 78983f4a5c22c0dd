//! What can go wrong in provisioning.
use crate::{
    integrations::OutsideError,
    kernel::{
        fault::{Fault, FieldFault, Kind, database_code, database_kind},
        secret_box::SecretError,
    },
};
use entity::value::InstanceStatus;
use sea_orm::DbErr;

/// Why provisioning refuses.
#[derive(Debug, thiserror::Error)]
pub enum ProvisioningError {
    /// Missing, or somebody else's.
    #[error("not found")]
    NotFound,
    /// Wrong input.
    #[error("the input is not valid")]
    Invalid(Vec<FieldFault>),
    /// The instance is in a state that does not allow it.
    #[error("not possible while the instance is {status}")]
    InvalidState {
        /// The state.
        status: InstanceStatus,
    },
    /// The driver cannot do it.
    #[error("the driver {driver} cannot do that")]
    NotCapable {
        /// Which driver.
        driver: String,
    },
    /// The cluster still carries instances.
    #[error("{instances} instances run on the cluster")]
    ClusterInUse {
        /// How many.
        instances: u64,
    },
    /// The machine is being emptied.
    #[error("the machine {machine} is being emptied")]
    NodeDraining {
        /// Which.
        machine: String,
    },
    /// Somebody else changed the settings meanwhile.
    #[error("the settings were changed meanwhile")]
    SettingsChanged,
    /// A person asked for this a moment ago.
    #[error("asked again within {retry_after} seconds")]
    AskedTooSoon {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// The outside system.
    #[error(transparent)]
    Outside(#[from] OutsideError),
    /// A secret cannot be opened.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The database.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// Our own mistake.
    #[error("{0}")]
    Internal(String),
}

impl Fault for ProvisioningError {
    fn kind(&self) -> Kind {
        match self {
            Self::NotFound => Kind::NotFound,
            Self::Invalid(_) => Kind::Invalid,
            Self::InvalidState { .. }
            | Self::NotCapable { .. }
            | Self::ClusterInUse { .. }
            | Self::NodeDraining { .. }
            | Self::SettingsChanged => Kind::Conflict,
            Self::AskedTooSoon { retry_after } => Kind::TooMany { retry_after: *retry_after },
            Self::Outside(OutsideError::Rejected { .. } | OutsideError::Unknown { .. }) => Kind::Upstream,
            Self::Outside(OutsideError::Unavailable { retry_after, .. }) => {
                Kind::Unavailable { retry_after: retry_after.map_or(5, |pause| pause.as_secs().max(1)) }
            }
            Self::Secret(_) | Self::Internal(_) => Kind::Internal,
            Self::Database(error) => database_kind(error),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "NOT_FOUND",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::InvalidState { .. } => "INVALID_STATE",
            Self::NotCapable { .. } => "NOT_CAPABLE",
            Self::ClusterInUse { .. } => "CLUSTER_IN_USE",
            Self::NodeDraining { .. } => "NODE_DRAINING",
            Self::SettingsChanged => "SETTINGS_CHANGED",
            Self::AskedTooSoon { .. } => "ASKED_TOO_SOON",
            Self::Outside(OutsideError::Rejected { .. }) => "CLUSTER_REFUSED",
            Self::Outside(_) => "CLUSTER_UNREACHABLE",
            Self::Secret(_) | Self::Internal(_) => "INTERNAL",
            Self::Database(error) => database_code(error),
        }
    }

    fn args(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::InvalidState { status } => vec![("status", status.to_string())],
            Self::NotCapable { driver } => vec![("driver", driver.clone())],
            Self::ClusterInUse { instances } => vec![("instances", instances.to_string())],
            Self::NodeDraining { machine } => vec![("machine", machine.clone())],
            Self::AskedTooSoon { retry_after } => vec![("seconds", retry_after.to_string())],
            _ => Vec::new(),
        }
    }

    fn fields(&self) -> Vec<FieldFault> {
        match self {
            Self::Invalid(fields) => fields.clone(),
            _ => Vec::new(),
        }
    }
}
