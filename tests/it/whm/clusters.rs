//! What clusters tell staff: what went wrong with an instance, in the cluster's own words, and what is left over on them.
use crate::support::{people::PASSWORD, town::Town};
use entity::platform::audit_log;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

#[tokio::test]
async fn staff_read_the_words_of_the_cluster_and_customers_only_ours() {
    let town = Town::new().await;
    let (mut admin, mut owner) = (town.browser_of("admin", "en").await, town.owner_browser("en").await);

    let for_staff = admin.get(&format!("/whm/instances/{}", town.id("instance"))).await.body;
    let for_owner = owner.get(&format!("/panel/services/{}", town.id("instance"))).await.body;

    let sentence = "The service keeps stopping by itself. Its log shows why.";
    let raw = ["BackOff", "Back-off restarting failed container", "Pod ghost-x-5c"];
    assert!(for_staff.contains(sentence) && raw.iter().all(|word| for_staff.contains(word)), "{for_staff}");
    assert!(for_owner.contains(sentence) && for_owner.contains("3 times, last 5 minutes ago"), "{for_owner}");
    assert!(!raw.iter().any(|word| for_owner.contains(word)), "{for_owner}");
}

#[tokio::test]
async fn a_leftover_is_removed_only_after_fresh_proof_and_once_its_place_was_typed() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let page = format!("/whm/orphans/{}", town.id("orphan"));
    let remove = format!("{page}/remove");
    let place = "user-x/ins_left";
    let (bare, right) = ([("confirm", place)], [("confirm", place), ("reason", "Left by the trial of May")]);
    let list = admin.get("/whm/orphans").await.body;
    for word in [place, "Jakarta 1", "Nobody here knows it", "9 days ago"] {
        assert!(list.contains(word), "{word} is not in {list}");
    }
    let cluster = admin.get(&format!("/whm/clusters/{}", town.id("cluster"))).await.body;
    assert!(cluster.contains(place), "the cluster's own page names it: {cluster}");
    let asked = admin.get(&page).await.body;
    assert!(asked.contains(&format!("data-must-equal=\"{place}\"")) && asked.contains("name=\"reason\""), "{asked}");
    assert!(asked.contains("After a restore from a dump it is probably in use"), "{asked}");

    assert!(admin.post(&remove, &right).await.location().starts_with("/whm/step-up"));
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", &page)]).await;
    assert_eq!(admin.post(&remove, &[("confirm", "user-x")]).await.location(), page);
    assert!(admin.get(&page).await.body.contains("What you typed is not the same."));
    assert_eq!(admin.post(&remove, &bare).await.status, 422, "what is not known here is removed for a reason");
    town.world.settle_down().await;
    assert!(!town.driver.things("ins_left").is_empty(), "nothing was removed");

    assert_eq!(admin.post(&remove, &right).await.location(), "/whm/orphans");
    town.world.settle_down().await;

    assert!(town.driver.things("ins_left").is_empty());
    assert_eq!(admin.get(&page).await.status, 404);
    assert!(!admin.get("/whm/orphans").await.body.contains(place));
    let trail = audit_log::Entity::find().filter(audit_log::Column::Action.eq("provisioning.orphan.sweep"));
    let trail = trail.all(&town.world.services.db).await.unwrap();
    assert_eq!(trail.len(), 1);
    assert_eq!((trail[0].target_type.as_str(), trail[0].target_id.as_str()), ("orphan", town.id("orphan")));
    assert_eq!(trail[0].reason.as_deref(), Some("Left by the trial of May"));
    assert!(trail[0].before.as_ref().is_some_and(|before| before["place"] == place));
    let told = admin.get("/whm/audit").await.body;
    assert!(told.contains("Removed leftovers nobody owns"), "{told}");
}

#[tokio::test]
async fn staff_have_the_clusters_searched_now() {
    let town = Town::new().await;
    let mut network = town.browser_of("network", "id").await;
    town.driver.loses("ins_left");

    assert_eq!(network.post("/whm/orphans/look", &[]).await.location(), "/whm/orphans");
    town.world.settle_down().await;

    let list = network.get("/whm/orphans").await.body;
    assert!(!list.contains("user-x/ins_left") && list.contains("Tidak ada sisa"), "{list}");
    let mut support = town.browser_of("support", "id").await;
    assert_eq!(support.get("/whm/orphans").await.status, 200);
    assert_eq!(support.post("/whm/orphans/look", &[]).await.status, 403);
}

#[tokio::test]
async fn a_machine_is_emptied_only_after_fresh_proof_and_once_its_name_was_typed() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let page = format!("/whm/nodes/{}", town.id("node"));
    let list = admin.get(&format!("/whm/clusters/{}/nodes", town.id("cluster"))).await.body;
    for word in ["jkt-1", "jkt-2", "Well", "short of memory, short of disk", "Closed", "v1.33.5+k3s1"] {
        assert!(list.contains(word), "{word} is not in {list}");
    }
    let shown = admin.get(&page).await.body;
    let service = format!("/whm/instances/{}", town.id("instance"));
    assert!(shown.contains(&service) && shown.contains("data-must-equal=\"jkt-1\""), "{shown}");

    // The other machine is closed: there is nowhere to go.
    assert!(shown.contains("No other machine of this cluster is well"), "{shown}");
    let other = admin.get(&format!("/whm/nodes/{}", town.id("closed_node"))).await.body;
    assert!(other.contains("moves to other machines one at a time"), "{other}");

    let drain = format!("{page}/drain");
    assert!(admin.post(&drain, &[("confirm", "jkt-1")]).await.location().starts_with("/whm/step-up"));
    admin.post("/whm/step-up", &[("proof", PASSWORD), ("next", &page)]).await;
    assert_eq!(admin.post(&drain, &[("confirm", "jkt-2")]).await.location(), page);
    assert!(admin.get(&page).await.body.contains("What you typed is not the same."));
    assert_eq!(admin.post(&drain, &[("confirm", "jkt-1")]).await.location(), page);
    let shown = admin.get(&page).await.body;
    assert!(shown.contains("Being emptied") && shown.contains("Stop emptying"), "{shown}");
    assert_eq!(admin.post(&format!("{page}/uncordon"), &[]).await.status, 409);
    assert_eq!(admin.post(&format!("{page}/stop-drain"), &[]).await.location(), page);
    assert_eq!(admin.post(&format!("{page}/uncordon"), &[]).await.location(), page);
    let told = admin.get("/whm/audit").await.body;
    for words in ["Had a machine emptied", "Stopped the emptying of a machine", "Opened a machine"] {
        assert!(told.contains(words), "{words}: {told}");
    }
}

#[tokio::test]
async fn where_rights_for_machines_are_missing_the_page_names_them_and_offers_the_file() {
    let town = Town::new().await;
    let page = format!("/whm/nodes/{}", town.id("node"));
    town.driver.lacks(&["patch nodes", "create pods/eviction"]);

    let shown = town.browser_of("admin", "id").await.get(&page).await.body;

    assert!(shown.contains("patch nodes, create pods/eviction"), "{shown}");
    let file = format!("/whm/clusters/{}/manifests/driver-nodes-rbac.yaml", town.id("cluster"));
    assert!(shown.contains(&file) && !shown.contains(&format!("{page}/drain")), "{shown}");
    let mut support = town.browser_of("support", "id").await;
    let answer = support.get(&file).await;
    assert!(answer.status == 200 && answer.body.contains("kind: ClusterRole"), "{}", answer.body);
    let nowhere = file.replace("driver-nodes-rbac.yaml", "other.yaml");
    assert_eq!(support.get(&nowhere).await.status, 404);
    assert!(!support.get(&page).await.body.contains("patch nodes"), "what he may not do is not offered");
}

#[tokio::test]
async fn an_instance_says_why_it_is_where_it_is_and_a_cluster_what_it_sells() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let shown = admin.get(&format!("/whm/instances/{}", town.id("instance"))).await.body;
    assert!(shown.contains("Why it is on this cluster") && shown.contains("chosen. Region jkt"), "{shown}");

    let cluster = format!("/whm/clusters/{}", town.id("cluster"));
    let shown = admin.get(&cluster).await.body;
    assert!(
        shown.contains("CPU 300 %, memory 100 %, reserve 30 %") && shown.contains("1 of 2 take new work"),
        "{shown}"
    );
    let form = format!("{cluster}/capacity");
    let fields = |reserve| {
        [
            ("capacity_cpu_milli", "640000"),
            ("capacity_memory_mb", "640000"),
            ("cpu_ratio_percent", "200"),
            ("memory_ratio_percent", "100"),
            ("reserve_percent", reserve),
        ]
    };
    assert_eq!(admin.post(&form, &fields("ninety")).await.status, 422);
    assert_eq!(admin.post(&form, &fields("40")).await.location(), cluster);
    assert!(admin.get(&cluster).await.body.contains("CPU 200 %, memory 100 %, reserve 40 %"));
}

#[tokio::test]
async fn automation_is_offered_to_be_paused_on_the_page_of_a_cluster_in_maintenance() {
    let town = Town::new().await;
    let mut admin = town.browser_of("admin", "en").await;
    let cluster = format!("/whm/clusters/{}", town.id("cluster"));
    let (target, sentence) = (format!("cluster:{}", town.id("cluster")), "go on unless you pause them");
    let shown = admin.get(&cluster).await.body;
    assert!(!shown.contains(&target) && !shown.contains(sentence), "{shown}");

    admin.post(&format!("{cluster}/status"), &[("status", "maintenance")]).await;

    let shown = admin.get(&cluster).await.body;
    assert!(shown.contains(&target) && shown.contains("/whm/billing-day/pause"), "{shown}");
    let support = town.browser_of("support", "en").await.get(&cluster).await.body;
    assert!(!support.contains(&target), "who may not pause is not asked");
}

#[tokio::test]
async fn customers_read_that_the_machines_of_their_service_are_being_worked_at() {
    let town = Town::new().await;
    let mut network = town.browser_of("network", "en").await;
    let service = format!("/panel/services/{}", town.id("instance"));
    let sentence = "We are working on the machines it runs on";
    assert!(!town.owner_browser("en").await.get(&service).await.body.contains(sentence));

    let status = format!("/whm/clusters/{}/status", town.id("cluster"));
    network.post(&status, &[("status", "maintenance")]).await;

    assert!(town.owner_browser("en").await.get(&service).await.body.contains(sentence));
    network.post(&status, &[("status", "active")]).await;
    assert!(!town.owner_browser("en").await.get(&service).await.body.contains(sentence));
}
