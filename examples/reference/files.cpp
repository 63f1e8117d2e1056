// SPDX-License-Identifier: Apache-2.0
//
// The examples of pintle/files, and of how pintle/loading reads files, in the API reference. Each
// asserts what it shows.

#undef NDEBUG
#include <cassert>
#include <fcntl.h>
#include <filesystem>
#include <stdlib.h>
#include <string>
#include <utility>

#include <pintle/core/base/error.h>
#include <pintle/files/descriptors.h>
#include <pintle/files/durable_file.h>
#include <pintle/files/unique_fd.h>
#include <pintle/loading/trusted_file.h>

namespace {

void durable_file(const std::filesystem::path& folder) {
  //! [durable_file]
  const auto file = folder / "state.json";
  assert(!pintle::read_file(file, 4'096));  // it does not exist
  {
    const pintle::FileLock lock(folder / "state.json.lock", 1'000);  // across processes
    pintle::write_file_durably(file, "{\"a\":1}");                   // mode 0600
  }
  assert(pintle::read_file(file, 4'096) == "{\"a\":1}");
  {
    pintle::ReservedFile held(folder / "state.pid", 0);  // locked until it is destroyed
    held.append("4711");
    held.commit();
    assert(!pintle::remove_if_abandoned(folder / "state.pid"));
  }
  assert(pintle::remove_if_abandoned(folder / "state.pid"));  // its process has ended
  //! [durable_file]
}

void unique_fd(const std::filesystem::path& folder) {
  const auto file = folder / "state.json";
  //! [unique_fd]
  pintle::UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  assert(fd);
  pintle::UniqueFd moved = std::move(fd);
  assert(!fd && moved.get() >= 0);
  assert(moved.close() == 0);  // otherwise its destructor closes it
  //! [unique_fd]
}

void descriptors() {
  //! [descriptors]
  const auto [from, to] = pintle::open_pipe();  // no started program inherits it
  assert(from && to);
  assert(::write(to.get(), "x", 1) == 1);
  char got = 0;
  assert(::read(from.get(), &got, 1) == 1 && got == 'x');
  //! [descriptors]
}

void trusted_file(const std::filesystem::path& folder) {
  const auto file = folder / "state.json";
  //! [trusted_file]
  assert(pintle::loading::read_trusted_file(file, 4'096) == "{\"a\":1}");
  std::filesystem::permissions(file, std::filesystem::perms::all);  // anyone can write to it
  try {
    pintle::loading::read_trusted_file(file, 4'096);
    assert(false);
  } catch (const pintle::Error& error) {
    assert(error.layer() == pintle::Layer::plugin);
  }
  //! [trusted_file]
}

}  // namespace

int main() {
  std::string pattern = std::filesystem::canonical(std::filesystem::temp_directory_path()) /
                        "pintle-reference-XXXXXX";
  assert(::mkdtemp(pattern.data()) != nullptr);
  durable_file(pattern);
  unique_fd(pattern);
  descriptors();
  trusted_file(pattern);
  std::filesystem::remove_all(pattern);
}
