//! Who signs in: people, proof of their address, passwords, sessions, tokens, second factor, roles of staff.
//! Owns users, roles, role_permissions, user_roles, sessions, refresh_tokens, email_verifications, password_resets,
//! login_attempts, totp_secrets, recovery_codes, step_ups. Publishes what `events` lists.
//!
//! Invariants: of tokens, keys and recovery codes only hashes are stored here, secrets of second factors are sealed (a
//! mail that waits holds its one-time link until it has gone or was given up); no answer tells whether an address has an
//! account; a new password ends every session; a failed try is counted before the password is looked at, so that
//! parallel tries cannot slip under the limit; no one-time link travels through the outbox (whoever writes the mail
//! makes the link); somebody always stays administrator.
mod error;
pub mod events;
mod find;
pub mod password;
mod register;
mod reset;
pub mod roles;
pub mod session;
mod sign_in;
pub mod staff;
pub mod step_up;
mod throttle;
pub mod tokens;
pub mod totp;
mod user;
mod verification;

pub use error::IdentityError;
pub use find::{KnownSessions, Membership, SignedIn, find_bearer, find_signed_in, find_user, permissions_of};
pub use register::{NewUser, Opened, insert_user, invite_taken_over, request_verification, take_over_user};
pub use reset::{ResetMail, change_password, make_invitation_link, make_reset_link, request_reset, reset_password};
pub use sign_in::{Credentials, sign_in};
pub use staff::create_admin;
pub use user::set_locale;
pub use verification::{VerificationMail, make_verification_link, require_verified, verify_email};
