// Run a TorchScript file with libtorch.
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include "tensors.hpp"

namespace {

class TorchScript : public runner::Model {
 public:
  TorchScript(const std::string& path, const runner::Names&, const runner::Names&)
      : module_(torch::jit::load(path)) {}

  void set_inputs(runner::Arrays inputs) override {
    inputs_.clear();
    for (const auto& tensor : runner::to_tensors(inputs)) inputs_.emplace_back(tensor);
  }

  void run() override {
    const c10::InferenceMode guard;
    result_ = module_.forward(inputs_);
  }

  runner::Arrays outputs() override {
    runner::Arrays arrays;
    collect(result_, arrays);
    return arrays;
  }

 private:
  static void collect(const c10::IValue& value, runner::Arrays& arrays) {
    if (value.isTensor()) {
      if (value.toTensor().is_floating_point()) arrays.push_back(runner::to_array(value.toTensor()));
    } else if (value.isTuple()) {
      for (const auto& each : value.toTupleRef().elements()) collect(each, arrays);
    } else if (value.isList()) {
      for (const c10::IValue& each : value.toListRef()) collect(each, arrays);
    } else if (value.isGenericDict()) {
      for (const auto& item : value.toGenericDict()) collect(item.value(), arrays);
    }
  }

  torch::jit::Module module_;
  std::vector<c10::IValue> inputs_;
  c10::IValue result_;
};

}  // namespace

int main(int count, char** arguments) { return runner::serve<TorchScript>(count, arguments); }
