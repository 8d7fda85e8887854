// What the C++ runners share: arrays in .npy files, and the protocol on stdin and stdout.
//
// A runner is started as   RUNNER MODEL INPUTS OUTPUTS CASE...
// with comma-separated names of the model's inputs and outputs. Each CASE is a folder with
// input_0.npy, input_1.npy ... The runner loads the model, runs every case once, and
// writes output_0.npy ... or error.txt into its folder. It then prints "ready NANOSECONDS",
// the time of loading. For each line "COUNT" that it reads, it runs the first case
// COUNT times and prints the nanoseconds of all of them. It ends when stdin does.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace runner {

struct Array {
  std::string descr;  // of NumPy: "<f4"
  std::vector<int64_t> shape;
  std::vector<char> data;
};

using Arrays = std::vector<Array>;
using Names = std::vector<std::string>;

// A model in memory, with the inputs that `run` uses.
class Model {
 public:
  virtual ~Model() = default;
  virtual void set_inputs(Arrays inputs) = 0;
  virtual void run() = 0;
  virtual Arrays outputs() = 0;  // of the last run
};

inline const std::map<std::string, size_t>& item_sizes() {
  static const std::map<std::string, size_t> sizes = {
      {"<f4", 4}, {"<f8", 8}, {"<i4", 4}, {"<i8", 8}, {"|b1", 1}};
  return sizes;
}

inline size_t item_size(const std::string& descr) {
  const auto found = item_sizes().find(descr);
  if (found == item_sizes().end())
    throw std::runtime_error("expected one of the dtypes <f4 <f8 <i4 <i8 |b1; received " + descr);
  return found->second;
}

// The text after `key` in the header of a .npy file, up to one of the ends.
inline std::string header_value(const std::string& header, const std::string& key,
                                const std::string& ends) {
  const size_t at = header.find(key);
  if (at == std::string::npos) throw std::runtime_error("no " + key + " in a .npy header");
  const size_t start = at + key.size();
  return header.substr(start, header.find_first_of(ends, start) - start);
}

inline Array read_array(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  char start[10];  // the magic string, the version, and the length of the header
  if (!file.read(start, sizeof start)) throw std::runtime_error("cannot read " + path.string());
  const size_t length = static_cast<unsigned char>(start[8]) +
                        256 * static_cast<unsigned char>(start[9]);
  std::string header(length, ' ');
  file.read(header.data(), static_cast<std::streamsize>(length));
  Array array;
  array.descr = header_value(header, "'descr': '", "'");
  std::stringstream sizes(header_value(header, "'shape': (", ")"));
  size_t bytes = item_size(array.descr);
  for (std::string size; std::getline(sizes, size, ',');)
    if (size.find_first_of("0123456789") != std::string::npos) {
      array.shape.push_back(std::stoll(size));
      bytes *= static_cast<size_t>(array.shape.back());
    }
  array.data.resize(bytes);
  file.read(array.data.data(), static_cast<std::streamsize>(bytes));
  if (!file) throw std::runtime_error("too few bytes in " + path.string());
  return array;
}

inline void write_array(const std::filesystem::path& path, const Array& array) {
  std::string header = "{'descr': '" + array.descr + "', 'fortran_order': False, 'shape': (";
  for (const int64_t size : array.shape) header += std::to_string(size) + ",";
  header += "), }";
  header.append(63 - (10 + header.size()) % 64, ' ');
  header += '\n';
  std::ofstream file(path, std::ios::binary);
  file << "\x93NUMPY" << '\x01' << '\0' << static_cast<char>(header.size() % 256)
       << static_cast<char>(header.size() / 256) << header;
  file.write(array.data.data(), static_cast<std::streamsize>(array.data.size()));
}

inline Arrays read_inputs(const std::filesystem::path& folder) {
  Arrays inputs;
  for (int number = 0;; ++number) {
    const auto path = folder / ("input_" + std::to_string(number) + ".npy");
    if (!std::filesystem::exists(path)) return inputs;
    inputs.push_back(read_array(path));
  }
}

inline void run_case(Model& model, const std::filesystem::path& folder) {
  try {
    model.set_inputs(read_inputs(folder));
    model.run();
    const Arrays outputs = model.outputs();
    for (size_t number = 0; number < outputs.size(); ++number)
      write_array(folder / ("output_" + std::to_string(number) + ".npy"), outputs[number]);
  } catch (const std::exception& error) {
    std::ofstream(folder / "error.txt") << error.what();
  }
}

inline Names split(const std::string& joined) {
  Names parts;
  std::stringstream rest(joined);
  for (std::string part; std::getline(rest, part, ',');) parts.push_back(part);
  return parts;
}

template <typename Work>
int64_t time_ns(Work work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  const auto end = std::chrono::steady_clock::now();
  return std::chrono::duration_cast<std::chrono::nanoseconds>(end - start).count();
}

// Load a model and answer until stdin ends. `Loaded` is a Model that is made from a path
// and the names of inputs and outputs.
template <typename Loaded>
int serve(int count, char** arguments) {
  try {
    if (count < 5) throw std::runtime_error("expected MODEL INPUTS OUTPUTS CASE...");
    std::unique_ptr<Model> model;
    const int64_t load_ns = time_ns([&] {
      model = std::make_unique<Loaded>(arguments[1], split(arguments[2]), split(arguments[3]));
    });
    for (int number = 4; number < count; ++number) run_case(*model, arguments[number]);
    std::cout << "ready " << load_ns << std::endl;
    model->set_inputs(read_inputs(arguments[4]));
    for (int64_t calls; std::cin >> calls;)
      std::cout << time_ns([&] {
        for (int64_t call = 0; call < calls; ++call) model->run();
      }) << std::endl;
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    std::cerr << error.what() << std::endl;
    return EXIT_FAILURE;
  }
}

}  // namespace runner
