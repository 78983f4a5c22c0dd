//! Customers: their accounts, wallets and mail.
use super::*;
use crate::support::people::{self, PASSWORD};
use entity::{ledger::account, messaging::message};
use sea_orm::PaginatorTrait;
use yumna::{
    domain::{identity, ledger::LedgerError, takeover::TakeoverError},
    kernel::fault::Fault,
};

fn faults(reasons: &[&str]) -> Vec<String> {
    reasons.iter().map(|reason| (*reason).to_owned()).collect()
}

#[tokio::test]
async fn a_dry_run_tells_every_row_and_writes_nothing() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    world.settle_down().await;
    let draft = sends(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    let before = world.row_counts().await;

    let preview = takeover::preview(&world.staff("ana"), &draft.id).await.unwrap();

    assert_eq!(world.row_counts().await, before);
    assert_eq!(
        told(&preview),
        [
            ("7".to_owned(), ImportVerdict::New, vec![]),
            ("8".to_owned(), ImportVerdict::New, vec![]),
            (
                "9".to_owned(),
                ImportVerdict::Faulty,
                faults(&[
                    "balance negative",
                    "email invalid_email",
                    "postal_code invalid_postal_code",
                    "npwp invalid_npwp"
                ])
            ),
            ("10".to_owned(), ImportVerdict::New, vec![]),
        ]
    );
    let totals = &preview.totals;
    assert_eq!((totals.rows, totals.taken(), totals.count(ImportVerdict::Faulty)), (4, 3, 1));
    assert_eq!((totals.file_balance_minor, totals.balance_minor), (175_000, 175_000));
    let again = sends(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    assert_eq!(again.id, draft.id, "the same file is the same draft");
}

#[tokio::test]
async fn customers_of_whmcs_come_with_their_wallets_and_without_a_mail() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    world.settle_down().await;
    let mails = message::Entity::find().count(&world.services.db).await.unwrap();

    let done = takes(&world, ImportKind::Customers, Options::default(), CLIENTS).await;

    assert_eq!(done.status, entity::value::ImportStatus::Done);
    let outcome = takeover::outcome(&world.system(), &done.id).await.unwrap();
    assert_eq!((outcome.done, outcome.balance_minor), (4, 175_000));
    let budi = customer(&world, "7").await;
    assert_eq!(
        (budi.name.as_str(), budi.email.as_str(), budi.phone.as_deref(), budi.postal_code.as_deref()),
        ("Budi Santoso", "budi@pindah.test", Some("+6281234567890"), Some("55281"))
    );
    assert_eq!((budi.street_2.as_deref(), budi.locale.as_str(), budi.tax_country.as_str()), (Some("RT 2"), "id", "ID"));
    let citra = customer(&world, "8").await;
    assert_eq!((citra.company.as_deref(), citra.locale.as_str()), (Some("PT Citra Awan"), "en"));
    assert_eq!(citra.npwp.as_deref(), Some("0018550814412000"));
    assert_eq!((wallet(&world, &budi.id).await, wallet(&world, &citra.id).await), (150_000, 0));
    let equity = account::Entity::find().filter(account::Column::Code.eq("equity")).one(&world.services.db).await;
    assert_eq!(equity.unwrap().unwrap().balance_minor, 175_000, "what is owed to customers was not earned here");
    world.books_are_right().await;

    assert_eq!(message::Entity::find().count(&world.services.db).await.unwrap(), mails, "nobody is written to");
    for password in ["$2y$10$abc", PASSWORD, ""] {
        assert!(world.sign_in("budi@pindah.test", password).await.is_err(), "nobody knows his password");
    }
    let user = world.user("budi@pindah.test").await;
    assert!(user.email_verified_at.is_none() && !user.is_staff);
    assert_eq!(user.last_customer_id.as_deref(), Some(budi.id.as_str()));
}

#[tokio::test]
async fn who_is_invited_gets_one_mail_and_comes_in_by_it() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let invite = Options { invite: true, ..Options::default() };
    takes(&world, ImportKind::Customers, invite, CLIENTS).await;
    takes(&world, ImportKind::Customers, invite, &CLIENTS.replace("150000.00", "1.00")).await;

    let mails = world.mails_to("budi@pindah.test").await;
    assert_eq!(mails.iter().map(|mail| mail.template.as_str()).collect::<Vec<_>>(), ["customer_invited"]);
    let token = people::token_in(&mails[0]);
    identity::reset_password(&world.visitor_at("203.0.113.9"), &token, PASSWORD).await.unwrap();
    world.sign_in("budi@pindah.test", PASSWORD).await.unwrap();
    assert_eq!(world.mails_to("eka@pindah.test").await.len(), 1);
    assert!(world.mails_to("not-an-address").await.is_empty());
}

#[tokio::test]
async fn an_address_that_is_here_is_tied_only_where_staff_say_so() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let here = world.buyer("andi").await;
    world.gives(&here, 10_000).await;
    let table = format!("id,name,email,credit\n1,Andi,{},25000\n2,Andi Lagi,{0},5000\n", here.email.to_uppercase());
    let table = table.replace("{0}", &here.email);

    let alone = looks(&world, ImportKind::Customers, Options::default(), &table).await;
    let known = || faults(&["email known"]);
    assert_eq!(
        told(&alone),
        [("1".to_owned(), ImportVerdict::Faulty, known()), ("2".to_owned(), ImportVerdict::Faulty, known())]
    );
    let tie = Options { link_known_mail: true, invite: true, ..Options::default() };
    let done = takes(&world, ImportKind::Customers, tie, &table).await;

    let linked = |key: &str| (key.to_owned(), ImportVerdict::Linked, true);
    assert_eq!(came(&world, &done).await, [linked("1"), linked("2")]);
    assert_eq!(customer(&world, "1").await.id, here.customer_id);
    assert_eq!(wallet(&world, &here.customer_id).await, 40_000);
    assert!(world.mails_to(&here.email).await.iter().all(|mail| mail.template != "customer_invited"));
    world.books_are_right().await;
}

#[tokio::test]
async fn an_address_of_staff_or_twice_in_a_file_is_told() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let system = world.system();
    identity::create_admin(&system, "admin@example.test", "Admin", Some(PASSWORD)).await.unwrap();
    let table = "id,name,email\n1,Admin,admin@example.test\n2,Eka,eka@pindah.test\n3,Eka,eka@pindah.test\n";
    let found = |verdict, reasons: &[&str]| (verdict, faults(reasons));
    let words = |preview: &Preview| -> Vec<(ImportVerdict, Vec<String>)> {
        told(preview).into_iter().map(|(_, verdict, reasons)| (verdict, reasons)).collect()
    };
    let dry = looks(&world, ImportKind::Customers, Options::default(), table).await;
    assert_eq!(
        words(&dry),
        [
            found(ImportVerdict::Faulty, &["email no_account"]),
            found(ImportVerdict::New, &[]),
            found(ImportVerdict::Faulty, &["email known"]),
        ]
    );
    let done = takes(&world, ImportKind::Customers, Options::default(), table).await;
    let verdicts: Vec<ImportVerdict> = came(&world, &done).await.into_iter().map(|row| row.1).collect();
    assert_eq!(verdicts, words(&dry).into_iter().map(|row| row.0).collect::<Vec<_>>(), "as the dry run said");
}

#[tokio::test]
async fn who_is_made_by_a_file_has_proven_nothing_to_its_later_rows() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let table = "id,name,email,credit\n1,Eka,eka@pindah.test,1000\n2,Eka,eka@pindah.test,2000\n";
    let tie = Options { link_known_mail: true, ..Options::default() };

    let dry = looks(&world, ImportKind::Customers, tie, table).await;

    assert_eq!((told(&dry)[0].1, told(&dry)[1].2.clone()), (ImportVerdict::New, faults(&["email unproven"])));
    let done = takes(&world, ImportKind::Customers, tie, table).await;
    let verdicts: Vec<ImportVerdict> = came(&world, &done).await.into_iter().map(|row| row.1).collect();
    assert_eq!(verdicts, [ImportVerdict::New, ImportVerdict::Faulty], "as the dry run said");
    assert_eq!(wallet(&world, &customer(&world, "1").await.id).await, 1_000);
}

#[tokio::test]
async fn rows_with_the_same_key_are_all_refused_and_the_others_taken() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let table = "id,name,email,credit\n1,Gita,gita@pindah.test,5000\n2,Hadi,hadi@pindah.test,1000\n\
                 1,Gita Dewi,gita.dewi@pindah.test,9000\n1,Gita,no-address,0\n3,Indra,indra@pindah.test,0\n";
    let faulty = |reasons: &[&str]| (ImportVerdict::Faulty, faults(reasons));
    let new = || (ImportVerdict::New, Vec::new());
    let dry = looks(&world, ImportKind::Customers, Options::default(), table).await;
    let words: Vec<_> = told(&dry).into_iter().map(|(_, verdict, reasons)| (verdict, reasons)).collect();
    let twice = || faulty(&["key twice"]);
    assert_eq!(words, [twice(), new(), twice(), faulty(&["email invalid_email", "key twice"]), new()]);
    assert_eq!(dry.totals.balance_minor, 1_000);

    let done = takes(&world, ImportKind::Customers, Options::default(), table).await;
    let verdicts: Vec<_> = came(&world, &done).await.into_iter().map(|row| row.1).collect();
    assert_eq!(verdicts, words.into_iter().map(|row| row.0).collect::<Vec<_>>(), "as the dry run said");
    // One of them was right: it comes with the next file.
    let right = "id,name,email,credit\n1,Gita Dewi,gita.dewi@pindah.test,9000\n";
    takes(&world, ImportKind::Customers, Options::default(), right).await;
    assert_eq!(wallet(&world, &customer(&world, "1").await.id).await, 9_000);
}

#[tokio::test]
async fn a_balance_is_booked_now_and_never_in_a_closed_month() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let draft = sends(&world, ImportKind::Customers, Options::default(), CLIENTS).await;
    moves_to(&world, "2026-11-30T18:30:00Z");
    ledger::close_period(&ctx, "2026-11").await.unwrap();
    // A clock that jumped back.
    moves_to(&world, "2026-11-30T10:00:00Z");

    let refused = begins(&ctx, &draft.id).await.unwrap_err();
    assert!(matches!(refused, TakeoverError::Ledger(LedgerError::PeriodClosed { .. })), "{refused}");
    moves_to(&world, "2026-12-02T03:00:00Z");
    begins(&ctx, &draft.id).await.unwrap();
    moves_to(&world, "2026-11-30T10:00:00Z");
    let stopped = takeover::run_some(&ctx, &draft.id, 10).await.unwrap_err();
    assert_eq!(stopped.code(), "PERIOD_CLOSED");
    let rows = import_row::Entity::find().count(&ctx.db).await.unwrap();
    assert_eq!(
        (rows, import_link::Entity::find().count(&ctx.db).await.unwrap()),
        (0, 0),
        "nothing of that row is left"
    );

    moves_to(&world, "2026-12-02T03:00:00Z");
    world.settle_down().await;
    assert_eq!(wallet(&world, &customer(&world, "7").await.id).await, 150_000);
    world.books_are_right().await;
}

#[tokio::test]
async fn the_source_must_have_a_name_and_the_file_must_be_a_table() {
    let world = shop(PurchasePolicy::Multiple, 5).await;
    let ctx = world.staff("ana");
    let send = async |source: &str, body: &[u8]| {
        takeover::send_in(&ctx, ImportKind::Customers, source, Options::default(), body.to_vec()).await
    };
    for source in ["", "a b", "<x>", &"x".repeat(33)] {
        assert_eq!(send(source, CLIENTS.as_bytes()).await.unwrap_err().fields()[0].field, "source", "{source}");
    }
    assert_eq!(send("whmcs", b"nothing").await.unwrap_err().code(), "IMPORT_UNREADABLE");
    assert_eq!(send("whmcs", &vec![b'x'; 6 << 20]).await.unwrap_err().code(), "IMPORT_TOO_LARGE");
    let odd = send("whmcs", b"a,b\n1,2\n").await.unwrap();
    let preview = takeover::preview(&ctx, &odd.id).await.unwrap();
    assert!(preview.missing.is_some() && preview.findings.is_empty());
    assert_eq!(begins(&ctx, &odd.id).await.unwrap_err().code(), "VALIDATION_FAILED");

    let as_said = [(takeover::Role::Key, "a"), (takeover::Role::Email, "b"), (takeover::Role::Name, "a")];
    let columns = |pairs: &[(takeover::Role, &str)]| {
        takeover::Columns(pairs.iter().map(|(role, heading)| (*role, (*heading).to_owned())).collect())
    };
    takeover::remap(&ctx, &odd.id, columns(&as_said), Options::default()).await.unwrap();
    let preview = takeover::preview(&ctx, &odd.id).await.unwrap();
    assert_eq!(told(&preview)[0].2, ["email invalid_email"]);
    let unknown = takeover::remap(&ctx, &odd.id, columns(&[(takeover::Role::Key, "z")]), Options::default()).await;
    assert_eq!(unknown.unwrap_err().fields()[0].field, "column_key");
    takeover::discard(&ctx, &odd.id).await.unwrap();
    takeover::discard(&ctx, &odd.id).await.unwrap();
    assert_eq!(begins(&ctx, &odd.id).await.unwrap_err().code(), "IMPORT_OVER");
    let again = takeover::remap(&ctx, &odd.id, columns(&as_said), Options::default()).await;
    assert_eq!(again.unwrap_err().code(), "IMPORT_OVER");
}
