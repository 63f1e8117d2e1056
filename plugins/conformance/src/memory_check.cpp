// SPDX-License-Identifier: Apache-2.0
#include "memory_check.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <unistd.h>

#include <pintle/core/base/error.h>
#include <pintle/files/durable_file.h>

#include "worker_process.h"

namespace pintle::conformance {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLog = 16 << 20;

bool is_installed(const std::string& program) {
  const char* path = std::getenv("PATH");
  std::istringstream folders(path == nullptr ? "/usr/bin:/bin" : path);
  for (std::string folder; std::getline(folders, folder, ':');) {
    if (!folder.empty() && ::access((fs::path(folder) / program).c_str(), X_OK) == 0) return true;
  }
  return false;
}

// A folder of this process alone, removed with its content.
class LogFolder {
 public:
  LogFolder() {
    std::string name = (fs::temp_directory_path() / "pintle-valgrind-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw Error(Layer::store, "cannot create a folder for valgrind's log: " + name);
    }
    folder_ = name;
  }
  LogFolder(const LogFolder&) = delete;
  LogFolder& operator=(const LogFolder&) = delete;
  ~LogFolder() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }
  fs::path file() const { return folder_ / "log"; }

 private:
  fs::path folder_;
};

// "==123== text" as "text"; the digits of sizes and addresses differ from one record to the next.
std::string_view without_process(std::string_view line) {
  if (!line.starts_with("==")) return {};
  const auto end = line.find("==", 2);
  if (end == std::string_view::npos) return {};
  line.remove_prefix(std::min(end + 3, line.size()));
  return line;
}

// "   by 0x4849: open_scheme (scheme.c:12)" as "open_scheme (scheme.c:12)".
std::string_view function_of(std::string_view line) {
  const auto first = line.find_first_not_of(' ');
  if (first == std::string_view::npos || first == 0) return {};
  line.remove_prefix(first);
  if (!line.starts_with("at 0x") && !line.starts_with("by 0x")) return {};
  const auto colon = line.find(": ");
  return colon == std::string_view::npos ? std::string_view() : line.substr(colon + 2);
}

bool is_of_the_allocator(std::string_view function) {
  return function.find("vg_replace_malloc") != std::string_view::npos ||
         function.starts_with("operator new") ||
         function.find("vgpreload") != std::string_view::npos;
}

// "40 bytes in 1 blocks are definitely lost in loss record 2 of 3" without the numbers of it.
std::string headline(std::string_view line) {
  return line.find("definitely lost") != std::string_view::npos ? "memory is lost"
                                                                : std::string(line);
}

}  // namespace

std::vector<std::string> read_valgrind_log(std::string_view log) {
  std::vector<std::string> found;
  std::istringstream in{std::string(log)};
  std::string head;
  bool has_function = false;
  for (std::string whole; std::getline(in, whole);) {
    const auto line = without_process(whole);
    if (line.empty()) {
      head.clear();
    } else if (const auto function = function_of(line); !function.empty()) {
      if (head.empty() || has_function || is_of_the_allocator(function)) continue;
      has_function = true;
      auto text = head + ", in " + std::string(function);
      if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
    } else if (head.empty()) {
      head = headline(line);
      has_function = false;
    }
  }
  return found;
}

std::optional<std::vector<std::string>> check_memory(const std::vector<std::string>& command,
                                                     int timeout_ms) {
  if (!is_installed("valgrind")) return std::nullopt;
  const LogFolder folder;
  std::vector<std::string> words = {"valgrind", "--quiet", "--leak-check=full",
                                    "--show-leak-kinds=definite",
                                    "--log-file=" + folder.file().string()};
  words.insert(words.end(), command.begin(), command.end());
  WorkerProcess worker(words);
  std::string line;
  auto got = WorkerProcess::Got::line;
  while (got == WorkerProcess::Got::line) got = worker.read_line(line, timeout_ms);
  const bool hung = got == WorkerProcess::Got::nothing;
  const auto how = worker.wait(got == WorkerProcess::Got::end ? timeout_ms : 0);
  auto found = read_valgrind_log(read_file(folder.file(), kMaxLog).value_or(""));
  if (hung) {
    found.emplace_back("a call does not return");
  } else if (got == WorkerProcess::Got::foreign) {
    found.emplace_back("the scheme writes to a descriptor of the test");
  } else if (!how.empty()) {
    found.push_back(how);
  }
  return found;
}

}  // namespace pintle::conformance
