//! Who signs in: people, their sessions and tokens, roles of staff.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        users(manager).await?;
        roles(manager).await?;
        role_permissions(manager).await?;
        user_roles(manager).await?;
        sessions(manager).await?;
        refresh_tokens(manager).await?;
        email_verifications(manager).await?;
        password_resets(manager).await?;
        login_attempts(manager).await?;
        totp_secrets(manager).await?;
        recovery_codes(manager).await?;
        step_ups(manager).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [
            "step_ups",
            "recovery_codes",
            "totp_secrets",
            "login_attempts",
            "password_resets",
            "email_verifications",
            "refresh_tokens",
            "sessions",
            "user_roles",
            "role_permissions",
            "roles",
            "users",
        ] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

async fn users(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("users")
        .col(string_len("id", 40))
        .col(string_len("email", 254))
        .col(string_len("name", 120))
        .col(string_len("password_hash", 255))
        .col(string_len("status", 32))
        .col(timestamp_with_time_zone_null("email_verified_at"))
        .col(string_len("locale", 5))
        .col(boolean("is_staff"))
        .col(string_len_null("last_customer_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("updated_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "users", &["email"]).await?;
    Ok(())
}

async fn roles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("roles")
        .col(string_len("id", 40))
        .col(string_len("code", 40))
        .col(string_len("name", 80))
        .col(boolean("is_builtin"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "roles", &["code"]).await?;
    Ok(())
}

async fn role_permissions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("role_permissions")
        .col(string_len("role_id", 40))
        .col(string_len("permission", 80))
        .primary_key(&mut primary_key(&["role_id", "permission"]))
        .foreign_key(&mut foreign_key("role_permissions", "role_id", "roles"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn user_roles(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("user_roles")
        .col(string_len("user_id", 40))
        .col(string_len("role_id", 40))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["user_id", "role_id"]))
        .foreign_key(&mut foreign_key("user_roles", "user_id", "users"))
        .foreign_key(&mut foreign_key("user_roles", "role_id", "roles"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn sessions(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("sessions")
        .col(string_len("id", 40))
        .col(string_len("key_hash", 64))
        .col(string_len_null("user_id", 40))
        .col(json_binary("state"))
        .col(string_len_null("address", 64))
        .col(string_len_null("user_agent", 255))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("sessions", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "sessions", &["key_hash"]).await?;
    index(manager, "sessions", &["user_id"]).await?;
    index(manager, "sessions", &["expires_at"]).await?;
    Ok(())
}

async fn refresh_tokens(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("refresh_tokens")
        .col(string_len("id", 40))
        .col(string_len("family", 40))
        .col(string_len("user_id", 40))
        .col(string_len("token_hash", 64))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(timestamp_with_time_zone_null("revoked_at"))
        .col(string_len_null("address", 64))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(&mut primary_key(&["id"]))
        .foreign_key(&mut foreign_key("refresh_tokens", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    unique(manager, "refresh_tokens", &["token_hash"]).await?;
    index(manager, "refresh_tokens", &["family"]).await?;
    index(manager, "refresh_tokens", &["user_id"]).await?;
    index(manager, "refresh_tokens", &["expires_at"]).await?;
    Ok(())
}

async fn email_verifications(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("email_verifications")
        .col(string_len("token_hash", 64))
        .col(string_len("user_id", 40))
        .col(string_len("email", 254))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(&mut primary_key(&["token_hash"]))
        .foreign_key(&mut foreign_key("email_verifications", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "email_verifications", &["user_id"]).await?;
    index(manager, "email_verifications", &["expires_at"]).await?;
    Ok(())
}

async fn password_resets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("password_resets")
        .col(string_len("token_hash", 64))
        .col(string_len("user_id", 40))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(timestamp_with_time_zone("created_at"))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(&mut primary_key(&["token_hash"]))
        .foreign_key(&mut foreign_key("password_resets", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "password_resets", &["user_id"]).await?;
    index(manager, "password_resets", &["expires_at"]).await?;
    Ok(())
}

async fn login_attempts(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("login_attempts")
        .col(string_len("id", 40))
        .col(string_len("email", 254))
        .col(string_len("address", 64))
        .col(boolean("succeeded"))
        .col(timestamp_with_time_zone("at"))
        .primary_key(&mut primary_key(&["id"]))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "login_attempts", &["at"]).await?;
    index(manager, "login_attempts", &["email", "at"]).await?;
    index(manager, "login_attempts", &["address", "at"]).await?;
    Ok(())
}

async fn totp_secrets(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("totp_secrets")
        .col(string_len("user_id", 40))
        .col(text("secret_sealed"))
        .col(timestamp_with_time_zone_null("confirmed_at"))
        .col(big_integer_null("last_used_step"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["user_id"]))
        .foreign_key(&mut foreign_key("totp_secrets", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    Ok(())
}

async fn recovery_codes(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("recovery_codes")
        .col(string_len("code_hash", 64))
        .col(string_len("user_id", 40))
        .col(timestamp_with_time_zone_null("used_at"))
        .col(timestamp_with_time_zone("created_at"))
        .primary_key(&mut primary_key(&["code_hash"]))
        .foreign_key(&mut foreign_key("recovery_codes", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "recovery_codes", &["user_id"]).await?;
    Ok(())
}

async fn step_ups(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let table = Table::create()
        .table("step_ups")
        .col(string_len("holder", 80))
        .col(string_len("user_id", 40))
        .col(timestamp_with_time_zone("expires_at"))
        .primary_key(&mut primary_key(&["holder"]))
        .foreign_key(&mut foreign_key("step_ups", "user_id", "users"))
        .to_owned();
    manager.create_table(table).await?;
    index(manager, "step_ups", &["user_id"]).await?;
    Ok(())
}
