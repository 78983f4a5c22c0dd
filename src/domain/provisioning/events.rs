//! News of provisioning.
use crate::kernel::outbox::Event;
use chrono::{DateTime, Utc};
use entity::value::{CustomDomainId, CustomerId, InstanceId, ProvisionTaskId, SubscriptionId};
use serde::{Deserialize, Serialize};

macro_rules! events {
    ($($(#[$doc:meta])* $name:ident = $word:literal { $($(#[$fdoc:meta])* $field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub struct $name {
            /// Which instance.
            pub instance_id: InstanceId,
            /// Of which contract.
            pub subscription_id: SubscriptionId,
            /// Whose.
            pub customer_id: CustomerId,
            $($(#[$fdoc])* pub $field: $type,)*
        }

        impl Event for $name {
            const NAME: &'static str = $word;

            fn aggregate_id(&self) -> String {
                self.instance_id.0.clone()
            }
        }
    )*};
}

events! {
    /// It runs and answers.
    InstanceRunning = "instance.running" {
        /// Whether it was just made: the customer is told where to find it.
        is_first: bool,
    }
    /// It could not be made, for good; what was begun is cleaned up and the instance is terminated.
    InstanceFailed = "instance.failed" {
        /// Why, as in the task.
        error_code: String,
    }
    /// Its customer or staff stopped it.
    InstanceStopped = "instance.stopped" {}
    /// It has the size of its new plan.
    InstanceResized = "instance.resized" {
        /// The work that did it.
        task_id: ProvisionTaskId,
    }
    /// It could not be given another size, for good; it has the size of before again.
    InstanceResizeFailed = "instance.resize_failed" {
        /// The work that failed.
        task_id: ProvisionTaskId,
        /// Why, as in the task.
        error_code: String,
    }
    /// Its settings were changed, and the work that brings them about was asked for.
    InstanceSettingsChanged = "instance.settings_changed" {
        /// The work.
        task_id: ProvisionTaskId,
        /// Names of the settings that changed; never their values.
        keys: Vec<String>,
    }
    /// It has the settings it was given.
    InstanceReconfigured = "instance.reconfigured" {
        /// The work that did it.
        task_id: ProvisionTaskId,
    }
    /// It did not come up with the settings it was given; it has those of before again.
    InstanceReconfigureFailed = "instance.reconfigure_failed" {
        /// The work that failed.
        task_id: ProvisionTaskId,
        /// Why, as in the task.
        error_code: String,
    }
    /// It was taken away from its customer; the data stay.
    InstanceSuspended = "instance.suspended" {}
    /// It and its data are gone.
    InstanceTerminated = "instance.terminated" {}
    /// It answers under a name of its customer.
    CustomDomainActive = "custom_domain.active" {
        /// Which name.
        custom_domain_id: CustomDomainId,
    }
    /// A name in use is not as it should be; unless that is mended, it is taken away.
    CustomDomainFailing = "custom_domain.failing" {
        /// Which name.
        custom_domain_id: CustomDomainId,
        /// Since when: one occasion.
        since: DateTime<Utc>,
    }
    /// A name was given up: it never led here, or did not for too long.
    CustomDomainGivenUp = "custom_domain.given_up" {
        /// Which name.
        custom_domain_id: CustomDomainId,
        /// Whether it was in use.
        was_used: bool,
    }
}
