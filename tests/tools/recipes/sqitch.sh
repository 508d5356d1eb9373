# sqitch, from Debian.
setup() {
    command -v sqitch >/dev/null || apt-get install -y -q sqitch
}

sqitch() { quietly command sqitch "$@"; }
version() { command sqitch --version; }
half() { sqitch deploy --target "db:pg://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE" --to add_order_state; }
rest() { sqitch deploy --target "db:pg://$PGUSER@$PGHOST:$PGPORT/$PGDATABASE"; }
history() { echo schema sqitch; }
failures() { :; }

sleeping() {
    echo 'SELECT pg_sleep(60);' >deploy/count_orders.sql
    rest 2>/dev/null &
}
