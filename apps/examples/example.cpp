#include "example.hpp"

#include "apps/common/cluster_options.hpp"
#include "apps/common/values.hpp"

namespace example {

void add_where_options(CLI::App& app, Where& where) {
  blitzen::app::add_server_options(app, where.cluster.server, where.cluster.port)->capture_default_str();
  blitzen::app::add_key_options(app, where.cluster.key_file, where.cluster.insecure);
  blitzen::app::add_compression_option(app, where.cluster.compression);
  app.add_option("--local", where.local_workers, "Run on N workers of this machine instead; 0: one per core")
      ->transform(blitzen::app::whole_number(0, 4096))
      ->type_name("N");
}

std::unique_ptr<blitzen::Dispatcher> make_dispatcher(const Where& where) {
  if (where.local_workers)
    return std::make_unique<blitzen::MulticoreDispatcher>(blitzen::MulticoreOptions{.workers = *where.local_workers});
  return std::make_unique<blitzen::DistributedDispatcher>(where.cluster);
}

}  // namespace example
