//! From registering to signed in, and everything that must not work.
use crate::support::{
    World,
    people::{PASSWORD, token_in},
};
use chrono::Duration;
use entity::{
    identity::{login_attempt, refresh_token, session as session_row},
    platform::outbox_event,
};
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use yumna::{
    domain::{
        Ctx,
        customers::{self, Registration},
        identity::{
            self, Credentials, IdentityError,
            session::{self, NewSession},
            step_up::{self, Proof},
            tokens, totp,
        },
    },
    kernel::{fault::Fault, permission},
};

const BUDI: &str = "budi@example.test";

async fn world_with_budi() -> World {
    let world = World::new().await;
    world.register("Budi Santoso", BUDI).await;
    world.settle_down().await;
    world
}

async fn session_of(world: &World, email: &str) -> String {
    let user = world.user(email).await;
    let new = NewSession { user_id: Some(user.id), state: json!({}), ..NewSession::default() };
    session::create(&world.services, new, Duration::days(session::SIGNED_IN_DAYS)).await.unwrap()
}

#[tokio::test]
async fn somebody_registers_proves_the_address_and_signs_in() {
    let world = world_with_budi().await;
    let mail = &world.mails_to(BUDI).await[0];
    assert_eq!(mail.template, "verify_email");
    let user = world.user(BUDI).await;
    let refused = identity::require_verified(&world.services.db, &user.id).await;
    assert!(matches!(refused, Err(IdentityError::EmailNotVerified)));

    let proven = identity::verify_email(&world.visitor_at("203.0.113.9"), &token_in(mail)).await.unwrap();
    identity::require_verified(&world.services.db, &proven).await.unwrap();
    assert_eq!(identity::verify_email(&world.system(), &token_in(mail)).await.unwrap(), user.id, "scanners open twice");
    assert!(matches!(identity::verify_email(&world.system(), "wrong").await, Err(IdentityError::LinkInvalid)));

    assert_eq!(world.sign_in(" Budi@Example.test ", PASSWORD).await.unwrap(), user.id);
    let key = session_of(&world, BUDI).await;
    let signed_in = identity::find_signed_in(&world.services, &key).await.unwrap().unwrap();
    assert_eq!(signed_in.memberships.len(), 1);
    assert_eq!(signed_in.memberships[0].customer_name, "Budi Santoso");
    assert!(signed_in.permissions.is_empty() && !signed_in.has_second_factor);
    session::destroy(&world.services, &key).await.unwrap();
    assert!(identity::find_signed_in(&world.services, &key).await.unwrap().is_none());
}

#[tokio::test]
async fn no_answer_tells_whether_an_address_has_an_account() {
    let world = world_with_budi().await;
    let again = Registration {
        name: "Orang Lain",
        email: "BUDI@example.test",
        password: PASSWORD,
        locale: "en",
        accepted_terms: true,
    };
    let visitor = world.visitor_at("198.51.100.7");

    let known = customers::register(&visitor, again.clone()).await.unwrap();
    let unknown = customers::register(&visitor, Registration { email: "siti@example.test", ..again }).await.unwrap();
    assert_eq!((known.name.as_str(), known.email.as_str()), ("Orang Lain", BUDI));
    assert_eq!(unknown.name, known.name);
    for email in [BUDI, "nobody@example.test"] {
        identity::request_reset(&visitor, email).await.unwrap();
        identity::request_verification(&visitor, email).await.unwrap();
        let wrong = world.sign_in(email, "wrong password").await.unwrap_err();
        assert_eq!((wrong.code(), wrong.args().len()), ("INVALID_CREDENTIALS", 0));
    }
    world.settle_down().await;

    let told: Vec<String> = world.mails_to(BUDI).await.into_iter().map(|mail| mail.template).collect();
    for template in ["verify_email", "already_registered", "password_reset"] {
        assert!(told.iter().any(|one| one == template), "{template} is missing in {told:?}");
    }
    assert!(world.mails_to("nobody@example.test").await.is_empty());
    assert_eq!(world.user(BUDI).await.name, "Budi Santoso", "a second registration changes nothing");
    let payloads = outbox_event::Entity::find().all(&world.services.db).await.unwrap();
    assert!(payloads.iter().all(|event| !event.payload.to_string().contains("token")), "no token in the outbox");
}

#[tokio::test]
async fn wrong_input_is_named_by_field_and_opens_nothing() {
    let world = World::new().await;
    let wrong = Registration {
        name: "evil https://spam.test",
        email: "not an address",
        password: "password123",
        locale: "xx",
        accepted_terms: false,
    };
    let error = customers::register(&world.visitor_at("203.0.113.9"), wrong).await.unwrap_err();
    let fields: Vec<(String, String)> =
        error.fields().into_iter().map(|fault| (fault.field, fault.code.into_owned())).collect();
    let expected = [
        ("name", "contains_link"),
        ("email", "invalid_email"),
        ("password", "password_weak"),
        ("locale", "unknown"),
        ("accepted_terms", "required"),
    ];
    assert_eq!(fields, expected.map(|(field, code)| (field.to_owned(), code.to_owned())));
    assert_eq!(outbox_event::Entity::find().count(&world.services.db).await.unwrap(), 0);
}

#[tokio::test]
async fn many_failures_make_an_account_wait_but_never_somebody_else() {
    let world = world_with_budi().await;
    world.register("Siti", "siti@example.test").await;
    for _ in 0..10 {
        assert!(matches!(world.sign_in(BUDI, "wrong").await, Err(IdentityError::InvalidCredentials)));
    }

    let Err(IdentityError::TooManyAttempts { retry_after }) = world.sign_in(BUDI, PASSWORD).await else {
        panic!("the eleventh try is refused even with the right password")
    };
    assert!((1..=900).contains(&retry_after));
    world.sign_in("siti@example.test", PASSWORD).await.unwrap();
    let written = login_attempt::Entity::find().count(&world.services.db).await.unwrap();
    assert_eq!(written, 11, "a refused try is not written down");

    world.advance(Duration::minutes(16));
    world.sign_in(BUDI, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_success_forgives_and_parallel_tries_do_not_slip_under_the_limit() {
    let world = world_with_budi().await;
    for _ in 0..3 {
        for _ in 0..9 {
            world.sign_in(BUDI, "wrong").await.unwrap_err();
        }
        world.sign_in(BUDI, PASSWORD).await.unwrap();
    }

    let tries = (0..30).map(|_| world.sign_in(BUDI, "wrong"));
    let answers = futures_util::future::join_all(tries).await;
    let looked_at = answers.iter().filter(|answer| matches!(answer, Err(IdentityError::InvalidCredentials))).count();
    assert_eq!(looked_at, 10, "as many as one after another");
}

#[tokio::test]
async fn codes_that_are_guessed_in_parallel_do_not_slip_under_the_limit() {
    let world = world_with_budi().await;
    let budi = world.user(BUDI).await.id;
    let visitor = world.visitor_at("203.0.113.9");

    let tries = (0..40).map(|_| step_up::prove(&visitor, &budi, "holder", Proof::Otp("000000")));
    let answers = futures_util::future::join_all(tries).await;

    let looked_at = answers.iter().filter(|answer| matches!(answer, Err(IdentityError::InvalidCredentials))).count();
    assert_eq!(looked_at, 10);
    let written = login_attempt::Entity::find().count(&world.services.db).await.unwrap();
    assert_eq!(written, 10);
}

#[tokio::test]
async fn one_address_that_fails_everywhere_has_to_wait() {
    let world = world_with_budi().await;
    let attacker = world.visitor_at("192.0.2.66");
    for account in 0..100 {
        let email = format!("user{account}@example.test");
        let credentials = Credentials { email: &email, password: "x", otp: None };
        identity::sign_in(&attacker, credentials).await.unwrap_err();
    }
    let right = Credentials { email: BUDI, password: PASSWORD, otp: None };
    let refused = identity::sign_in(&attacker, right).await;
    assert!(matches!(refused, Err(IdentityError::TooManyAttempts { .. })));
    world.sign_in(BUDI, PASSWORD).await.unwrap();
}

#[tokio::test]
async fn a_reset_ends_every_session_and_works_once() {
    let world = world_with_budi().await;
    let user = world.user(BUDI).await;
    let ctx = world.visitor_at("203.0.113.9");
    let key = session_of(&world, BUDI).await;
    let pair = tokens::issue(&ctx, &user.id).await.unwrap();
    identity::request_reset(&ctx, BUDI).await.unwrap();
    world.settle_down().await;
    let token = token_in(&world.mails_to(BUDI).await[0]);

    let weak = identity::reset_password(&ctx, &token, "budi@example.test").await.unwrap_err();
    assert_eq!(weak.fields()[0].code, "password_weak");
    identity::reset_password(&ctx, &token, "kuda makan rumput hijau").await.unwrap();

    assert!(identity::find_signed_in(&world.services, &key).await.unwrap().is_none());
    assert!(identity::find_bearer(&world.services, &pair.access_token).await.is_err());
    assert!(matches!(tokens::refresh(&ctx, &pair.refresh_token).await, Err(IdentityError::InvalidToken)));
    assert!(matches!(world.sign_in(BUDI, PASSWORD).await, Err(IdentityError::InvalidCredentials)));
    world.sign_in(BUDI, "kuda makan rumput hijau").await.unwrap();
    let again = identity::reset_password(&ctx, &token, "lain lagi kata sandi").await;
    assert!(matches!(again, Err(IdentityError::LinkInvalid)));
    world.settle_down().await;
    assert_eq!(world.mails_to(BUDI).await[0].template, "password_changed");
}

#[tokio::test]
async fn links_grow_old_and_mailboxes_are_not_flooded() {
    let world = world_with_budi().await;
    let ctx = world.visitor_at("203.0.113.9");
    for _ in 0..8 {
        identity::request_reset(&ctx, BUDI).await.unwrap();
        identity::request_verification(&ctx, BUDI).await.unwrap();
    }
    world.settle_down().await;
    let mails = world.mails_to(BUDI).await;
    let count = |template: &str| mails.iter().filter(|mail| mail.template == template).count();
    assert_eq!((count("password_reset"), count("verify_email")), (3, 5));

    world.advance(Duration::hours(25));
    let reset = mails.iter().find(|mail| mail.template == "password_reset").unwrap();
    let verify = mails.iter().find(|mail| mail.template == "verify_email").unwrap();
    let answer = identity::reset_password(&ctx, &token_in(reset), "kuda makan rumput hijau").await;
    assert!(matches!(answer, Err(IdentityError::LinkInvalid)));
    assert!(matches!(identity::verify_email(&ctx, &token_in(verify)).await, Err(IdentityError::LinkInvalid)));
}

#[tokio::test]
async fn a_refresh_token_used_twice_ends_its_family_and_no_other() {
    let world = world_with_budi().await;
    let ctx = world.visitor_at("203.0.113.9");
    let user = world.user(BUDI).await;
    let (stolen, other) = (tokens::issue(&ctx, &user.id).await.unwrap(), tokens::issue(&ctx, &user.id).await.unwrap());

    let next = tokens::refresh(&ctx, &stolen.refresh_token).await.unwrap();
    identity::find_bearer(&world.services, &next.access_token).await.unwrap();
    assert!(tokens::refresh(&ctx, &stolen.refresh_token).await.is_err());

    assert!(tokens::refresh(&ctx, &next.refresh_token).await.is_err(), "the thief's and the owner's next end alike");
    assert!(identity::find_bearer(&world.services, &next.access_token).await.is_err());
    let signed_in = identity::find_bearer(&world.services, &other.access_token).await.unwrap();
    tokens::revoke_family(&ctx, &signed_in.holder).await.unwrap();
    assert!(identity::find_bearer(&world.services, &other.access_token).await.is_err());
    let stored = refresh_token::Entity::find().all(&world.services.db).await.unwrap();
    assert!(stored.iter().all(|row| row.token_hash != stolen.refresh_token), "only hashes are stored");
}

#[tokio::test]
async fn access_tokens_end_by_product_time_and_cannot_be_forged() {
    let world = world_with_budi().await;
    let ctx = world.visitor_at("203.0.113.9");
    let user = world.user(BUDI).await;
    let pair = tokens::issue(&ctx, &user.id).await.unwrap();
    let elsewhere = World::new().await;

    assert_eq!(identity::find_bearer(&world.services, &pair.access_token).await.unwrap().user.id, user.id);
    assert!(tokens::read_access(&elsewhere.services, &pair.access_token).is_err(), "another house's keys");
    let (head, rest) = pair.access_token.split_once('.').unwrap();
    let unsigned = format!("eyJhbGciOiJub25lIn0.{}.", rest.split('.').next().unwrap());
    for forged in [unsigned, format!("{head}.e30.x"), String::new(), "a.b.c".to_owned()] {
        assert!(tokens::read_access(&world.services, &forged).is_err(), "{forged}");
    }
    world.advance(Duration::seconds(tokens::ACCESS_SECONDS));
    assert!(tokens::read_access(&world.services, &pair.access_token).is_err());
}

async fn code_now(ctx: &Ctx, secret: &str) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let totp = totp_rs::Builder::new().with_secret(secret).with_account_name("a").build().unwrap();
    totp.generate(u64::try_from(ctx.now().timestamp()).unwrap()).to_string()
}

#[tokio::test]
async fn the_second_factor_is_asked_for_and_each_code_works_once() {
    let world = world_with_budi().await;
    let ctx = world.visitor_at("203.0.113.9");
    let user = world.user(BUDI).await;
    let enrolment = totp::enrol(&ctx, &user.id).await.unwrap();
    assert!(enrolment.url.starts_with("otpauth://totp/"));
    world.sign_in(BUDI, PASSWORD).await.unwrap();
    assert_eq!(totp::confirm(&ctx, &user.id, "000000").await.unwrap_err().code(), "VALIDATION_FAILED");
    let code = code_now(&ctx, &enrolment.secret).await;
    let recovery = totp::confirm(&ctx, &user.id, &code).await.unwrap();
    assert_eq!(recovery.len(), 10);
    assert!(world.signed_in(&user.id).await.has_second_factor);

    let with = |otp: Option<String>| {
        let ctx = ctx.clone();
        async move { identity::sign_in(&ctx, Credentials { email: BUDI, password: PASSWORD, otp: otp.as_deref() }).await }
    };
    assert!(matches!(with(None).await, Err(IdentityError::OtpRequired)));
    assert!(matches!(with(Some(code)).await, Err(IdentityError::InvalidCredentials)), "used at enrolment");
    world.advance(Duration::seconds(60));
    let code = code_now(&ctx, &enrolment.secret).await;
    with(Some(code.clone())).await.unwrap();
    assert!(with(Some(code)).await.is_err());
    with(Some(recovery[3].to_uppercase())).await.unwrap();
    assert!(with(Some(recovery[3].clone())).await.is_err());
    assert!(matches!(totp::enrol(&ctx, &user.id).await, Err(IdentityError::TotpActive)));
    totp::remove(&ctx, &user.id).await.unwrap();
    with(None).await.unwrap();
}

#[tokio::test]
async fn fresh_proof_lasts_a_quarter_of_an_hour_for_its_session_only() {
    let world = world_with_budi().await;
    let ctx = world.visitor_at("203.0.113.9");
    let user = world.user(BUDI).await;
    let is_fresh = async |holder: &str| step_up::require(&ctx.db, ctx.now(), &user.id, holder).await.is_ok();

    assert!(step_up::prove(&ctx, &user.id, "holder", Proof::Password("wrong")).await.is_err());
    assert!(step_up::prove(&ctx, &user.id, "holder", Proof::Otp("123456")).await.is_err());
    assert!(!is_fresh("holder").await);
    step_up::prove(&ctx, &user.id, "holder", Proof::Password(PASSWORD)).await.unwrap();
    assert!(is_fresh("holder").await && !is_fresh("other").await);
    world.advance(Duration::minutes(16));
    assert!(!is_fresh("holder").await);
}

#[tokio::test]
async fn a_changed_password_keeps_only_the_session_it_was_changed_in() {
    let world = world_with_budi().await;
    let ctx = world.visitor_at("203.0.113.9");
    let user = world.user(BUDI).await;
    let (here, there) = (session_of(&world, BUDI).await, session_of(&world, BUDI).await);
    let holder = identity::find_signed_in(&world.services, &here).await.unwrap().unwrap().holder.clone();

    let wrong = identity::change_password(&ctx, &user.id, "wrong", "kuda makan rumput hijau", &holder).await;
    assert!(matches!(wrong, Err(IdentityError::InvalidCredentials)));
    identity::change_password(&ctx, &user.id, PASSWORD, "kuda makan rumput hijau", &holder).await.unwrap();

    assert!(identity::find_signed_in(&world.services, &here).await.unwrap().is_some());
    assert!(identity::find_signed_in(&world.services, &there).await.unwrap().is_none());
}

#[tokio::test]
async fn sessions_are_renewed_updated_and_end() {
    let world = world_with_budi().await;
    let key = session_of(&world, BUDI).await;
    let user = world.user(BUDI).await;
    assert!(session::renew(&world.services, &key, Duration::days(14)).await.unwrap());
    let state = json!({"cart": "crt_1"});
    assert!(
        session::update(&world.services, &key, Some(user.id.clone()), state.clone(), Duration::days(1)).await.unwrap()
    );
    assert_eq!(session::find(&world.services, &key).await.unwrap().unwrap().state, state);
    assert_eq!(session::list_of(&world.services.db, world.system().now(), &user.id).await.unwrap().len(), 1);
    let rows = session_row::Entity::find().all(&world.services.db).await.unwrap();
    assert!(rows.iter().all(|row| row.key_hash != key), "only hashes are stored");

    world.advance(Duration::days(2));
    assert!(session::find(&world.services, &key).await.unwrap().is_none());
    assert!(!session::renew(&world.services, &key, Duration::days(14)).await.unwrap(), "what has ended stays so");
    let other = session_of(&world, BUDI).await;
    session::destroy_all(&world.services, &user.id).await.unwrap();
    assert!(session::find(&world.services, &other).await.unwrap().is_none());
}

#[tokio::test]
async fn roles_give_their_permissions_and_admins_all() {
    let world = World::new().await;
    let ctx = world.system();
    let admin = identity::create_admin(&ctx, "Boss@example.test", "Boss", None).await.unwrap();
    let generated = admin.generated_password.unwrap();
    identity::roles::seed(&ctx).await.unwrap();

    assert_eq!(world.sign_in("boss@example.test", &generated).await.unwrap(), admin.user_id);
    let signed_in = world.signed_in(&admin.user_id).await;
    assert_eq!(signed_in.roles, ["admin"]);
    assert_eq!(signed_in.permissions.len(), permission::ALL.len());
    let twice = identity::create_admin(&ctx, "boss@example.test", "Boss", None).await;
    assert!(matches!(twice, Err(IdentityError::EmailTaken)));

    world.register("Siti", "siti@example.test").await;
    let siti = world.user("siti@example.test").await;
    assert!(identity::permissions_of(&ctx.db, &siti.id).await.unwrap().is_empty());
    identity::roles::assign(&ctx, &siti.id, "support").await.unwrap();
    identity::roles::assign(&ctx, &siti.id, "support").await.unwrap();
    let signed_in = world.signed_in(&siti.id).await;
    assert!(signed_in.may("customers.customer.read") && !signed_in.may("payments.payment.refund"));
    assert_eq!(signed_in.memberships.len(), 1, "staff keep their accounts");
    assert!(matches!(identity::roles::assign(&ctx, &siti.id, "pope").await, Err(IdentityError::NotFound)));
    let admins: Vec<_> = identity::roles::admins(&ctx.db).await.unwrap().into_iter().map(|user| user.id).collect();
    assert_eq!(admins, [admin.user_id]);
}
