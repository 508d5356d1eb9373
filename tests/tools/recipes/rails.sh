# Active Record's own rake tasks, from Debian, without an application around them.
setup() {
    ruby -e 'require "active_record"; require "pg"; require "rake"' 2>/dev/null ||
        apt-get install -y -q ruby-activerecord ruby-pg rake
}

rails() { RAILS_ENV=production quietly rake "$@"; }
version() { ruby -e 'require "active_record"; puts "Active Record #{ActiveRecord.version}"'; }
half() { rails db:migrate VERSION=20240103120000; }
rest() { rails db:migrate; }

history() {
    echo schema_migrations
    echo ar_internal_metadata
}

failures() { :; }

sleeping() {
    rm db/migrate/20240104* db/migrate/20240105*
    cat >db/migrate/20240104000000_sleep.rb <<'RUBY'
class Sleep < ActiveRecord::Migration[6.1]
  def up
    execute "SELECT pg_sleep(60)"
  end
end
RUBY
    rails db:migrate 2>/dev/null &
}
