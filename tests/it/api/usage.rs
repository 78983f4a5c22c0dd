//! What is used is read from samples: constant, paged, and no cluster is asked.
use super::house::House;
use chrono::Duration;
use entity::provisioning::usage_sample;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::json;
use yumna::{domain::provisioning::observe, integrations::drivers::Sample, jobs::platform};

async fn samples(house: &House) -> u64 {
    usage_sample::Entity::find().count(&house.world.services.db).await.unwrap()
}

#[actix_web::test]
async fn usage_is_told_from_samples_taken_every_quarter_of_an_hour_and_kept_for_a_day() {
    let house = House::new().await;
    let now = house.world.services.clock.now();
    house.driver.measures(vec![
        Sample { metric: "cpu_milli".into(), value: 120, at: now },
        Sample { metric: "memory_mb".into(), value: 340, at: now },
    ]);
    let running = house.running().await;
    observe::observe(&house.world.system(), &running.id).await.unwrap();
    assert_eq!(samples(&house).await, 2, "taken along when it is looked at");

    let usage = house.asks("GET", "/api/panel/usage", json!(null)).await;
    assert_eq!(usage.status, 200);
    let newest = &usage.json()["data"][0];
    assert_eq!((newest["metric"].as_str(), newest["unit"].as_str()), (Some("memory_mb"), Some("mb")));
    assert_eq!((newest["instance_id"].as_str(), newest["value"].as_i64()), (Some(running.id.as_str()), Some(340)));

    observe::observe(&house.world.system(), &running.id).await.unwrap();
    assert_eq!(samples(&house).await, 2, "looked at again too soon to ask");
    house.world.advance(Duration::minutes(16));
    observe::observe(&house.world.system(), &running.id).await.unwrap();
    assert_eq!(samples(&house).await, 4);

    let token = yumna::domain::identity::tokens::issue(&house.world.system(), &house.buyer.user_id).await.unwrap();
    let page = house.call(&token.access_token, "GET", "/api/panel/usage?limit=3", json!(null)).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 3);
    let next = format!("/api/panel/usage?limit=3&cursor={}", page["next_cursor"].as_str().unwrap());
    let rest = house.call(&token.access_token, "GET", &next, json!(null)).await.json();
    assert_eq!((rest["data"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &json!(null)));

    house.world.advance(Duration::hours(25));
    platform::clean_up(house.world.system(), platform::CleanUp {}).await.unwrap();
    assert_eq!(samples(&house).await, 0);
}

#[actix_web::test]
async fn a_cluster_without_an_answer_is_no_sample_and_asks_nobody_to_wait() {
    let house = House::new().await;
    house.running().await;
    let asked = house.driver.calls().len();
    let usage = house.asks("GET", "/api/panel/usage", json!(null)).await;
    assert_eq!((usage.status.as_u16(), usage.json()["data"].as_array().unwrap().len()), (200, 0));
    assert_eq!(house.driver.calls().len(), asked, "no cluster was asked");
}
