//! Opening an account, proving the address, signing in and out, forgotten passwords. No answer tells whether an
//! address has an account.
mod recover;
mod register;
mod sign_in;
mod verify;
pub mod view;

use actix_web::web::{self, ServiceConfig};

/// The addresses of accounts.
pub fn routes(config: &mut ServiceConfig) {
    config
        .route("/register", web::get().to(register::form))
        .route("/register", web::post().to(register::register))
        .route("/login", web::get().to(sign_in::form))
        .route("/login", web::post().to(sign_in::sign_in))
        .route("/login/code", web::post().to(sign_in::second_step))
        .route("/logout", web::post().to(sign_in::sign_out))
        .route("/logout/everywhere", web::post().to(sign_in::sign_out_everywhere))
        .route("/verify", web::get().to(verify::form))
        .route("/verify/resend", web::post().to(verify::resend))
        .route("/verify/{token}", web::get().to(verify::verify))
        .route("/forgot", web::get().to(recover::form))
        .route("/forgot", web::post().to(recover::ask))
        .route("/reset", web::get().to(recover::old_form))
        .route("/reset/{token}", web::get().to(recover::new_password))
        .route("/reset/{token}", web::post().to(recover::reset));
}
