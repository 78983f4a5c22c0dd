//! What clusters can carry: how much of it is sold, their machines as they were last seen, and machines being emptied.
use crate::parts::{foreign_key, index, primary_key, unique};
use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub struct Migration;

const CLUSTERS: &str = "clusters";
const NODES: &str = "cluster_nodes";
const DRAINS: &str = "node_drains";

/// How a cluster is sold: percentages, and what they are where nobody says.
const RULES: [(&str, i64); 3] = [("cpu_ratio_percent", 300), ("memory_ratio_percent", 100), ("reserve_percent", 30)];
/// When its machines were last seen, and since when they have too much to do.
const MOMENTS: [&str; 3] = ["surveyed_at", "cpu_over_since", "memory_over_since"];
const PLACEMENTS: &str = "placements";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (column, usual) in RULES {
            let percent = big_integer(column).default(usual).to_owned();
            manager.alter_table(Table::alter().table(CLUSTERS).add_column(percent).to_owned()).await?;
        }
        for column in MOMENTS {
            let moment = timestamp_with_time_zone_null(column);
            manager.alter_table(Table::alter().table(CLUSTERS).add_column(moment).to_owned()).await?;
        }
        let table = Table::create()
            .table(NODES)
            .col(string_len("id", 40))
            .col(string_len("cluster_id", 40))
            .col(string_len("name", 253))
            .col(boolean("is_ready"))
            .col(timestamp_with_time_zone_null("unready_since"))
            .col(boolean("is_open"))
            .col(string_len("pressures", 80))
            .col(big_integer("cpu_milli"))
            .col(big_integer("memory_mb"))
            .col(big_integer("requested_cpu_milli"))
            .col(big_integer("requested_memory_mb"))
            .col(big_integer_null("used_cpu_milli"))
            .col(big_integer_null("used_memory_mb"))
            .col(string_len("version", 80))
            .col(timestamp_with_time_zone_null("born_at"))
            .col(big_integer("pods"))
            .col(json_binary("instances"))
            .col(timestamp_with_time_zone("seen_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(NODES, "cluster_id", CLUSTERS))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, NODES, &["cluster_id", "name"]).await?;
        let table = Table::create()
            .table(DRAINS)
            .col(string_len("id", 40))
            .col(string_len("cluster_id", 40))
            // A machine may be taken away for good; what was done to it stays written.
            .col(string_len("node_id", 40))
            .col(string_len("node_name", 253))
            .col(string_len("status", 32))
            .col(string_len_null("open_key", 40))
            .col(big_integer("moved"))
            .col(big_integer("remaining"))
            .col(text_null("waits_for"))
            .col(string_len("requested_by", 80))
            .col(timestamp_with_time_zone("deadline_at"))
            .col(timestamp_with_time_zone_null("ended_at"))
            .col(timestamp_with_time_zone("created_at"))
            .col(timestamp_with_time_zone("updated_at"))
            .primary_key(&mut primary_key(&["id"]))
            .foreign_key(&mut foreign_key(DRAINS, "cluster_id", CLUSTERS))
            .to_owned();
        manager.create_table(table).await?;
        unique(manager, DRAINS, &["open_key"]).await?;
        index(manager, DRAINS, &["node_id"]).await?;
        let table = Table::create()
            .table(PLACEMENTS)
            .col(string_len("instance_id", 40))
            .col(string_len("cluster_id", 40))
            .col(json_binary("considered"))
            .col(timestamp_with_time_zone("placed_at"))
            .primary_key(&mut primary_key(&["instance_id"]))
            .foreign_key(&mut foreign_key(PLACEMENTS, "instance_id", "instances"))
            .foreign_key(&mut foreign_key(PLACEMENTS, "cluster_id", CLUSTERS))
            .to_owned();
        manager.create_table(table).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [PLACEMENTS, DRAINS, NODES] {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        for column in RULES.map(|(column, _)| column).into_iter().chain(MOMENTS) {
            manager.alter_table(Table::alter().table(CLUSTERS).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}
