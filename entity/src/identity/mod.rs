//! Who signs in: people, their sessions and tokens, roles of staff.
pub mod email_verification;
pub mod login_attempt;
pub mod password_reset;
pub mod recovery_code;
pub mod refresh_token;
pub mod role;
pub mod role_permission;
pub mod session;
pub mod step_up;
pub mod totp_secret;
pub mod user;
pub mod user_role;
