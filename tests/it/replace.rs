//! What holds data is replaced only if somebody says so, and if it can be done to the end.
use insta::assert_snapshot;

use crate::support::Place;
use crate::support::Ran;

const ORDERS: &str = r#"
drctl {
  stack = "replace"
}

resource "aws_kms_key" "orders" {
  deletion_window_in_days = 7
}

resource "aws_rds_cluster" "orders" {
  cluster_identifier  = "orders"
  engine              = "aurora-postgresql"
  master_username     = "postgres"
  master_password     = "very-secret-1"
  storage_encrypted   = true
  kms_key_id          = aws_kms_key.orders.arn
  skip_final_snapshot = true
  deletion_protection = false
}

resource "aws_rds_cluster_instance" "orders" {
  for_each = toset(["a", "b"])

  identifier         = "orders-${each.key}"
  cluster_identifier = aws_rds_cluster.orders.id
  engine             = aws_rds_cluster.orders.engine
  instance_class     = "db.r6g.large"
  promotion_tier     = each.key == "a" ? 0 : 1
}
"#;

fn made(test: &str) -> Place {
    let place = Place::new(test);
    place.write("main.tf", ORDERS);
    // The first one writes.
    place.drctl("apply -auto-approve -target=aws_rds_cluster_instance.orders[\"a\"]").exits(0);
    place.drctl("apply -auto-approve").exits(0);
    place
}

/// What a plan says besides attributes.
fn said(place: &Place, ran: &Ran) -> String {
    let attribute = |line: &&str| !line.starts_with("      ");
    let lines: Vec<&str> = ran.out.lines().filter(attribute).collect();
    format!("{}\n[exit code {}]\n", place.normal(&lines.join("\n")), ran.code)
}

/// When what is called so was created.
fn created(place: &Place, identifier: &str) -> String {
    place.python(&format!(
        "print(client('rds').describe_db_instances(DBInstanceIdentifier='{identifier}')['DBInstances'][0]['DbiResourceId'])"
    ))
}

#[test]
fn an_instance_is_replaced_on_request() {
    let place = made("an_instance_is_replaced_on_request");
    let (a, b) = (created(&place, "orders-a"), created(&place, "orders-b"));
    let replace = "-replace=aws_rds_cluster_instance.orders[\"a\"]";
    assert_snapshot!(said(&place, &place.drctl(&format!("plan {replace}")).exits(0)));
    place
        .drctl(&format!("apply -auto-approve {replace}"))
        .exits(0)
        .says("1 added, 0 changed, 1 destroyed");
    assert_ne!(created(&place, "orders-a"), a, "the writer is another instance");
    assert_eq!(created(&place, "orders-b"), b, "the reader is untouched, and took over meanwhile");
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn a_cluster_is_not_replaced_under_its_instances() {
    let place = made("a_cluster_is_not_replaced_under_its_instances");
    let alone = "-replace=aws_rds_cluster.orders";
    assert_snapshot!(said(&place, &place.drctl(&format!("plan {alone}")).exits(5)));
    // Others that are not looked at are instances all the same.
    place.drctl(&format!("plan {alone} -target=aws_rds_cluster.orders")).exits(5);
    place.drctl(&format!("apply -auto-approve {alone}")).exits(5).says("Nothing was changed");

    let (a, b) = (created(&place, "orders-a"), created(&place, "orders-b"));
    let all = format!(
        "{alone} -replace=aws_rds_cluster_instance.orders[\"a\"] \
         -replace=aws_rds_cluster_instance.orders[\"b\"]"
    );
    place
        .drctl(&format!("apply -auto-approve {all}"))
        .exits(0)
        .says("3 added, 0 changed, 3 destroyed");
    assert_ne!(created(&place, "orders-a"), a);
    assert_ne!(created(&place, "orders-b"), b);
    place.drctl("plan -detailed-exitcode").exits(0);
}

#[test]
fn a_protected_cluster_is_not_replaced() {
    let place = made("a_protected_cluster_is_not_replaced");
    place.write(
        "main.tf",
        &ORDERS.replace("deletion_protection = false", "deletion_protection = true"),
    );
    place.drctl("apply -auto-approve").exits(0);
    let replace = "-replace=aws_rds_cluster.orders";
    assert_snapshot!(said(&place, &place.drctl(&format!("plan {replace}")).exits(5)));
    // To say so in the file is not enough: it must be so in AWS before.
    place.write("main.tf", ORDERS);
    place.drctl(&format!("plan {replace}")).exits(5).says("AWS protects it from deletion");
}

#[test]
fn a_key_is_not_replaced_under_a_cluster() {
    let place = made("a_key_is_not_replaced_under_a_cluster");
    let replace = "-replace=aws_kms_key.orders";
    assert_snapshot!(said(&place, &place.drctl(&format!("plan {replace}")).exits(5)));
    place.drctl(&format!("apply -auto-approve {replace}")).exits(5).says("Nothing was changed");
    // A cluster that is not looked at cannot object.
    let targeted = format!("plan {replace} -target=aws_kms_key.orders");
    assert_snapshot!(said(&place, &place.drctl(&targeted).exits(5)));
}
