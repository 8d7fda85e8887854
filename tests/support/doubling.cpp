// A runner for tests: it doubles arrays, as the model of numpy_runner.py does.
#include <cstring>
#include <utility>

#include "runner.hpp"

class Doubling : public runner::Model {
 public:
  Doubling(const std::string& path, const runner::Names& inputs, const runner::Names& outputs)
      : path_(path), names_(inputs.size() + outputs.size()) {
    std::ifstream file(path);
    std::getline(file, does_);
    if (does_ == "cannot be loaded") throw std::runtime_error("not a model\nof any kind");
  }

  void set_inputs(runner::Arrays inputs) override { inputs_ = std::move(inputs); }

  void run() override {
    if (does_ == "takes four rows" && inputs_.at(0).shape.at(0) != 4)
      throw std::runtime_error("expected 4 rows");
    if (does_ == "counts calls") std::ofstream(path_ + ".calls", std::ios::app) << "call\n";
    outputs_.clear();
    for (runner::Array array : inputs_) {
      if (array.descr != "<f4") continue;
      for (size_t at = 0; at < array.data.size(); at += sizeof(float)) {
        float element;
        std::memcpy(&element, &array.data[at], sizeof element);
        element = does_ == "counts names" ? static_cast<float>(names_) : 2 * element;
        std::memcpy(&array.data[at], &element, sizeof element);
      }
      outputs_.push_back(std::move(array));
    }
  }

  runner::Arrays outputs() override { return outputs_; }

 private:
  std::string path_, does_;
  size_t names_;
  runner::Arrays inputs_, outputs_;
};

int main(int count, char** arguments) { return runner::serve<Doubling>(count, arguments); }
