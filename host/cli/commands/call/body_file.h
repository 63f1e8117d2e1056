// SPDX-License-Identifier: Apache-2.0
//
// Bodies that are files: one that is sent as it is read, and one that is written as it comes.
//
// Threads: one at a time.

#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <pintle/core/base/error.h>
#include <pintle/core/http/http_body.h>
#include <pintle/files/durable_file.h>
#include <pintle/files/unique_fd.h>

namespace pintle::cli {

/// How much of how much has moved, in bytes; `whole` is 0 if that is not known.
using OnMoved = std::function<void(std::uint64_t moved, std::uint64_t whole)>;

/// A regular file, from where its descriptor stands to its end.
class FileSource final : public BodySource {
 public:
  /// `name`: a file, or "-" for standard input. Null if it is not a regular file and its size not
  /// known (a pipe). Throws Error(store) if it cannot be opened.
  static std::unique_ptr<FileSource> open(const std::string& name, OnMoved on_moved);

  std::uint64_t size() const override { return size_; }
  std::size_t read(std::span<char> buffer) override;
  bool rewind() override;

 private:
  FileSource(int fd, std::string name, OnMoved on_moved);

  UniqueFd file_;
  std::string name_;
  OnMoved on_moved_;
  std::uint64_t begin_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t moved_ = 0;
};

/// Writes beside the file, and puts the new one in its place when it is whole: what was there stays
/// until then, and stays if the answer fails. What a killed process left of the same file is
/// removed. A device or a pipe is written to as it is.
class FileSink final : public BodySink {
 public:
  using Accepts = std::function<bool(const HttpResponse& head)>;

  /// Throws Error(store) if the file cannot be made: before a request is sent for it.
  FileSink(std::string file, Accepts accepts, OnMoved on_moved);
  bool accepts(const HttpResponse& head) override;
  /// Throws Error(store), as of a full disk.
  void write(std::string_view piece) override;

  /// True if an answer was accepted.
  bool has_answer() const noexcept { return has_answer_; }
  /// The answer is whole. Throws Error(store).
  void commit();

 private:
  Error failed(int error_number) const;

  std::string name_;  // as it was given
  std::string file_;  // where it leads
  Accepts accepts_;
  OnMoved on_moved_;
  std::unique_ptr<ReservedFile> unfinished_;  // or:
  UniqueFd device_;
  std::uint64_t whole_ = 0;
  std::uint64_t moved_ = 0;
  bool has_answer_ = false;
};

}  // namespace pintle::cli
