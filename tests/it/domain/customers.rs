//! Accounts, their profiles, and who may see them.
use crate::support::World;
use entity::{
    customers::consent,
    platform::audit_log,
    value::{CustomerId, Grant},
};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use yumna::{
    domain::{
        Ctx,
        customers::{self, CustomerError, Filter, ProfileChange},
        documents, settings,
    },
    kernel::{actor::Actor, fault::Fault, locale::Lang, page::PageRequest},
};

async fn owner(world: &World, name: &str, email: &str) -> (Ctx, CustomerId) {
    world.register(name, email).await;
    let user = world.user(email).await;
    let account = customers::accounts_of(&world.services.db, &user.id).await.unwrap().remove(0);
    assert_eq!(account.grant, Grant::Owner);
    let actor = Actor::User { user_id: user.id, customer_id: account.customer_id.clone() };
    (Ctx { actor, ..world.system() }, account.customer_id)
}

#[tokio::test]
async fn an_account_is_opened_with_its_owner_and_consents() {
    let world = World::new().await;
    let (ctx, customer_id) = owner(&world, "Budi Santoso", "budi@example.test").await;
    let user = world.user("budi@example.test").await;

    let members = customers::members_of(&ctx.db, &customer_id).await.unwrap();
    assert_eq!((members.len(), members[0].grant, members[0].user_id.clone()), (1, Grant::Owner, user.id.clone()));
    let consents = consent::Entity::find().filter(consent::Column::UserId.eq(&user.id));
    let given = consents.clone().all(&ctx.db).await.unwrap();
    assert_eq!(given.len(), 2);
    assert!(given.iter().all(|one| one.version == "1" && one.address.as_deref() == Some("203.0.113.9")));

    let sales = settings::Sales { terms_version: "2".into(), ..settings::Sales::default() };
    for _ in 0..2 {
        let tx = ctx.begin().await.unwrap();
        customers::record_consent(&ctx, &tx, &user.id, &sales).await.unwrap();
        tx.commit().await.unwrap();
    }
    assert_eq!(consents.count(&ctx.db).await.unwrap(), 3, "only the new version is noted, once");
}

#[tokio::test]
async fn a_foreign_account_looks_like_a_missing_one() {
    let world = World::new().await;
    let (ctx, own) = owner(&world, "Budi", "budi@example.test").await;
    let (_, foreign) = owner(&world, "Siti", "siti@example.test").await;
    let budi = world.signed_in(&world.user("budi@example.test").await.id).await;

    assert_eq!(customers::resolve(&budi, None).unwrap().customer_id, own);
    assert_eq!(customers::resolve(&budi, Some(&own)).unwrap().customer_id, own);
    for id in [foreign.clone(), CustomerId::generate(), CustomerId("' OR 1=1 --".into())] {
        let refused = customers::resolve(&budi, Some(&id)).unwrap_err();
        assert_eq!(refused.code(), "NOT_FOUND");
        assert!(matches!(customers::remember_choice(&ctx, &budi.user.id, &id).await, Err(CustomerError::NotFound)));
    }
    customers::remember_choice(&ctx, &budi.user.id, &own).await.unwrap();
}

#[tokio::test]
async fn a_profile_keeps_what_is_right_and_names_what_is_wrong() {
    let world = World::new().await;
    let (ctx, id) = owner(&world, "Budi", "budi@example.test").await;
    let text = |text: &str| Some(text.to_owned());
    let right = ProfileChange {
        company: text("Toko <Budi> & Anak"),
        street_1: text(" Jl. Merdeka 1 "),
        city: text("Bandung"),
        postal_code: text("40115"),
        phone: text("0812-3456-7890"),
        npwp: text("01.855.081.4-412.000"),
        locale: text("en"),
        ..ProfileChange::default()
    };

    let saved = customers::update_profile(&ctx, &id, right.clone()).await.unwrap();
    assert_eq!(saved.street_1.as_deref(), Some("Jl. Merdeka 1"));
    assert_eq!(saved.phone.as_deref(), Some("+6281234567890"));
    assert_eq!(saved.npwp.as_deref(), Some("018550814412000"));
    assert_eq!(world.user("budi@example.test").await.locale, "en");
    assert_eq!(customers::update_profile(&ctx, &id, right).await.unwrap(), saved);
    let changes = audit_log::Entity::find().filter(audit_log::Column::Action.eq("customers.profile.update"));
    assert_eq!(changes.count(&ctx.db).await.unwrap(), 1, "the same twice changes nothing");
    assert_eq!(customers::buyer_snapshot(&saved)["npwp"], "018550814412000");

    let wrong: [(ProfileChange, &str, &str); 9] = [
        (ProfileChange { name: text(" "), ..Default::default() }, "name", "required"),
        (ProfileChange { name: text("a\u{0}b"), ..Default::default() }, "name", "control_characters"),
        (ProfileChange { city: text(&"x".repeat(81)), ..Default::default() }, "city", "too_long"),
        (ProfileChange { phone: text("12"), ..Default::default() }, "phone", "invalid_phone"),
        (ProfileChange { npwp: text("123"), ..Default::default() }, "npwp", "invalid_npwp"),
        (ProfileChange { country_code: text("XX"), ..Default::default() }, "country_code", "invalid_country"),
        (ProfileChange { postal_code: text("4011"), ..Default::default() }, "postal_code", "invalid_postal_code"),
        (ProfileChange { locale: text("fr"), ..Default::default() }, "locale", "unknown"),
        (ProfileChange { company: text("https://a.test"), ..Default::default() }, "company", "contains_link"),
    ];
    for (change, field, code) in wrong {
        let error = customers::update_profile(&ctx, &id, change).await.unwrap_err();
        let faults: Vec<_> = error.fields().into_iter().map(|one| (one.field, one.code.into_owned())).collect();
        assert_eq!(faults, [(field.to_owned(), code.to_owned())]);
    }
    assert_eq!(customers::get(&ctx.db, &id).await.unwrap(), saved, "nothing is half written");

    let cleared = ProfileChange { company: text(""), ..ProfileChange::default() };
    assert_eq!(customers::update_profile(&ctx, &id, cleared).await.unwrap().company, None);
    let missing = customers::update_profile(&ctx, &CustomerId::generate(), ProfileChange::default()).await;
    assert!(matches!(missing, Err(CustomerError::NotFound)));
}

#[tokio::test]
async fn staff_find_customers_by_the_beginning_of_name_company_or_address() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for (name, email) in [
        ("Budi Santoso", "b1@example.test"),
        ("budiman", "x@example.test"),
        ("Siti", "budi@example.test"),
        ("100%_a", "z@example.test"),
    ] {
        ids.push(owner(&world, name, email).await.1);
    }
    let db = &world.services.db;
    let search = async |words: &str, request: &PageRequest| {
        let filter = Filter { search: Some(words.to_owned()), status: None };
        let page = customers::list(db, &filter, request).await.unwrap();
        (page.rows.into_iter().map(|row| row.id).collect::<Vec<_>>(), page.next_cursor)
    };
    let all = PageRequest::default();

    let newest_first = vec![ids[2].clone(), ids[1].clone(), ids[0].clone()];
    assert_eq!(search(" BUDI", &all).await.0, newest_first);
    assert_eq!(search("100%_", &all).await.0, [ids[3].clone()]);
    assert!(search("%", &all).await.0.is_empty() && search("'; --", &all).await.0.is_empty());
    let (first, cursor) = search("budi", &PageRequest { after: None, limit: 2 }).await;
    let next = PageRequest::parse(cursor.as_deref(), Some(2)).unwrap();
    let (second, end) = search("budi", &next).await;
    assert_eq!([first, second].concat(), newest_first);
    assert_eq!(end, None);
    assert_eq!(customers::list(db, &Filter::default(), &all).await.unwrap().rows.len(), 4);
}

#[tokio::test]
async fn notes_are_staffs_alone() {
    let world = World::new().await;
    let (ctx, id) = owner(&world, "Budi", "budi@example.test").await;
    let admin =
        yumna::domain::identity::create_admin(&world.system(), "boss@example.test", "Boss", None).await.unwrap();
    let staff = Ctx { actor: Actor::Staff { user_id: admin.user_id }, ..world.system() };

    assert!(matches!(customers::add_note(&ctx, &id, "I am great").await, Err(CustomerError::NotFound)));
    assert!(matches!(customers::add_note(&staff, &id, "  ").await, Err(CustomerError::Invalid(_))));
    assert!(matches!(customers::add_note(&staff, &CustomerId::generate(), "x").await, Err(CustomerError::NotFound)));
    customers::add_note(&staff, &id, "Called.\nWill pay.").await.unwrap();
    customers::add_note(&staff, &id, "Paid.").await.unwrap();

    let notes = customers::notes_of(&world.services.db, &id, &PageRequest::default()).await.unwrap().rows;
    let texts: Vec<_> = notes.iter().map(|note| (note.author.as_str(), note.body.as_str())).collect();
    assert_eq!(texts, [("Boss", "Paid."), ("Boss", "Called.\nWill pay.")]);
}

#[tokio::test]
async fn nobody_lowers_his_tax_by_typing_another_country() {
    let world = World::new().await;
    world.charges_ppn().await;
    let (ctx, id) = owner(&world, "Budi", "budi@example.test").await;
    let moves_to = async |code: &str| {
        let change = ProfileChange { country_code: Some(code.to_owned()), ..ProfileChange::default() };
        let customer = customers::update_profile(&ctx, &id, change).await.unwrap();
        world.invoice(&customer, &[50_000]).await.tax_minor
    };

    assert_eq!(moves_to("SG").await, 5_500, "the address is another, the tax is not");

    let staff = world.staff("ana");
    let wrong = customers::set_tax_country(&staff, &id, "XX", " ").await.unwrap_err().fields();
    assert_eq!(wrong.iter().map(|fault| fault.field.as_str()).collect::<Vec<_>>(), ["country_code", "reason"]);
    for _ in 0..2 {
        customers::set_tax_country(&staff, &id, "SG", "ACRA 201912345K").await.unwrap();
    }
    let customer = customers::get(&ctx.db, &id).await.unwrap();
    let abroad = world.invoice(&customer, &[50_000]).await;
    assert_eq!((abroad.tax_minor, &abroad.buyer["tax_country"]), (0, &serde_json::json!("SG")));
    let rows = audit_log::Entity::find().filter(audit_log::Column::Action.eq("customers.tax_country.set"));
    let rows = rows.all(&ctx.db).await.unwrap();
    assert_eq!((rows.len(), rows[0].reason.as_deref()), (1, Some("ACRA 201912345K")), "twice is once");

    assert_eq!(moves_to("ID").await, 5_500, "coming home needs no proof");
    assert_eq!(moves_to("SG").await, 5_500, "going away again does");
}

#[tokio::test]
async fn an_exempt_customer_is_charged_no_tax_and_his_documents_say_why() {
    let world = World::new().await;
    world.charges_ppn().await;
    let (ctx, id) = owner(&world, "Budi", "budi@example.test").await;
    let staff = world.staff("ana");
    let billed = async || {
        let customer = customers::get(&ctx.db, &id).await.unwrap();
        world.invoice(&customer, &[50_000]).await
    };
    let taxed = billed().await;
    assert_eq!(taxed.tax_minor, 5_500);

    let empty = customers::set_tax_exemption(&staff, &id, Some(" ")).await.unwrap_err().fields();
    assert_eq!((empty[0].field.as_str(), &*empty[0].code), ("reason", "required"));
    for _ in 0..2 {
        customers::set_tax_exemption(&staff, &id, Some("SKB PPN KET-12/2026")).await.unwrap();
    }
    let exempt = billed().await;
    assert_eq!((exempt.tax_minor, exempt.total_minor), (0, 50_000));
    let lines = documents::buyer_lines(&exempt.buyer, &exempt.seller, Lang::En);
    assert!(lines.iter().any(|line| line.contains("SKB PPN KET-12/2026")), "{lines:?}");

    for _ in 0..2 {
        customers::set_tax_exemption(&staff, &id, None).await.unwrap();
    }
    assert_eq!(billed().await.tax_minor, 5_500);
    assert_eq!(world.reload(&exempt).await.tax_minor, 0, "what was issued stays");
    let rows = audit_log::Entity::find().filter(audit_log::Column::Action.starts_with("customers.tax_exemption."));
    assert_eq!(rows.count(&ctx.db).await.unwrap(), 2, "twice is once");
    let nobody = customers::set_tax_exemption(&staff, &CustomerId::generate(), None).await.unwrap_err();
    assert_eq!(nobody.code(), "NOT_FOUND");
}

#[tokio::test]
async fn staff_correct_a_customers_facts_and_his_place_of_business() {
    let world = World::new().await;
    let (ctx, id) = owner(&world, "Budi", "budi@example.test").await;
    let staff = world.staff("ana");
    let numbers = |npwp: &str, nitku: &str| ProfileChange {
        npwp: Some(npwp.to_owned()),
        nitku: Some(nitku.to_owned()),
        ..ProfileChange::default()
    };

    let right = numbers("01.855.081.4-412.000", "0018550814412000.000003");
    let saved = customers::update_profile(&staff, &id, right).await.unwrap();
    assert_eq!(saved.nitku.as_deref(), Some("0018550814412000000003"));
    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("customers.profile.update"));
    assert_eq!(trail.one(&ctx.db).await.unwrap().unwrap().actor_id, "usr_ana");

    for (nitku, code) in [("000003", "invalid_nitku"), ("0998550814412000000003", "nitku_differs")] {
        let faults =
            customers::update_profile(&ctx, &id, numbers("018550814412000", nitku)).await.unwrap_err().fields();
        assert_eq!((faults[0].field.as_str(), &*faults[0].code), ("nitku", code));
    }
    let moved = ProfileChange { npwp: Some("3171234508900001".to_owned()), ..ProfileChange::default() };
    assert_eq!(customers::update_profile(&ctx, &id, moved).await.unwrap_err().fields()[0].field, "nitku");
}

#[tokio::test]
async fn who_is_taxed_abroad_by_evidence_stays_so_when_his_telephone_number_changes() {
    let world = World::new().await;
    let (ctx, id) = owner(&world, "Budi", "budi@example.test").await;
    customers::set_tax_country(&world.staff("ana"), &id, "SG", "ACRA 201912345K").await.unwrap();

    let change = ProfileChange {
        phone: Some("0812-3456-7890".to_owned()),
        country_code: Some("ID".to_owned()),
        ..ProfileChange::default()
    };
    assert_eq!(customers::update_profile(&ctx, &id, change).await.unwrap().tax_country, "SG");
}
