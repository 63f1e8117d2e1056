// SPDX-License-Identifier: Apache-2.0
#include "clients/task.h"

#include <cstdio>
#include <exception>
#include <stdexcept>
#include <sys/resource.h>

namespace pintle::bench {
namespace {

Url parse_url(std::string_view text) {
  Url url;
  const auto scheme_end = text.find("://");
  const auto scheme = text.substr(0, scheme_end);
  url.secure = scheme == "https" || scheme == "wss";
  if (scheme_end == std::string_view::npos || (!url.secure && scheme != "http" && scheme != "ws")) {
    throw std::invalid_argument("--url is no http, https, ws or wss URL");
  }
  const auto rest = text.substr(scheme_end + 3);
  const auto path = rest.find('/');
  const auto authority = rest.substr(0, path);
  const auto colon = authority.rfind(':');
  if (path == std::string_view::npos || colon == std::string_view::npos) {
    throw std::invalid_argument("--url needs a port and a path");
  }
  url.host = authority.substr(0, colon);
  url.port = authority.substr(colon + 1);
  url.target = rest.substr(path);
  return url;
}

Task parse(int argc, char** argv) {
  Task task;
  if (argc < 2) throw std::invalid_argument("no mode is named");
  task.mode = argv[1];
  for (int i = 2; i + 1 < argc; i += 2) {
    const std::string_view name = argv[i];
    const std::string value = argv[i + 1];
    if (name == "--url") {
      task.url_text = value;
    } else if (name == "--size") {
      task.size = std::stoul(value);
    } else if (name == "--seconds") {
      task.seconds = std::stod(value);
    } else if (name == "--count") {
      task.count = std::stoul(value);
    } else if (name == "--ca") {
      task.ca_file = value;
    } else {
      throw std::invalid_argument("unknown option " + std::string(name));
    }
  }
  if (argc % 2 != 0) throw std::invalid_argument("an option without a value");
  task.url = parse_url(task.url_text);
  if (task.url.secure && task.ca_file.empty()) throw std::invalid_argument("--ca is missing");
  return task;
}

void allow_many_files() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

int run_peer(int argc, char** argv, std::initializer_list<Mode> modes) {
  if (argc == 2 && std::string_view(argv[1]) == "modes") {
    for (const auto& mode : modes) std::printf("%s\n", std::string(mode.name).c_str());
    return 0;
  }
  try {
    const auto task = parse(argc, argv);
    for (const auto& mode : modes) {
      if (mode.name != task.mode) continue;
      allow_many_files();
      mode.run(task);
      return 0;
    }
    std::string known;
    for (const auto& mode : modes) known.append(" ").append(mode.name);
    throw std::invalid_argument("the modes are" + known);
  } catch (const std::logic_error& wrong) {
    std::fprintf(stderr,
                 "%s: %s\nusage: %s MODE --url URL [--size BYTES] [--seconds S] [--count N] "
                 "[--ca FILE]\n",
                 argv[0], wrong.what(), argv[0]);
    return 2;
  } catch (const std::exception& wrong) {
    std::fprintf(stderr, "%s: %s\n", argv[0], wrong.what());
    return 1;
  }
}

void check_size(const Task& task, std::size_t seen) {
  if (seen == task.size) return;
  throw std::runtime_error("a message of " + std::to_string(seen) + " bytes came instead of " +
                           std::to_string(task.size));
}

}  // namespace pintle::bench
