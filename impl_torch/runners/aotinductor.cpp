// Run a package of AOTInductor with libtorch.
#include <torch/csrc/inductor/aoti_package/model_package_loader.h>

#include "tensors.hpp"

namespace {

class Package : public runner::Model {
 public:
  Package(const std::string& path, const runner::Names&, const runner::Names&)
      : loader_(path) {}

  void set_inputs(runner::Arrays inputs) override { inputs_ = runner::to_tensors(inputs); }

  void run() override {
    const c10::InferenceMode guard;
    results_ = loader_.run(inputs_);
  }

  runner::Arrays outputs() override {
    runner::Arrays arrays;
    for (const auto& result : results_)
      if (result.is_floating_point()) arrays.push_back(runner::to_array(result));
    return arrays;
  }

 private:
  torch::inductor::AOTIModelPackageLoader loader_;
  std::vector<at::Tensor> inputs_, results_;
};

}  // namespace

int main(int count, char** arguments) { return runner::serve<Package>(count, arguments); }
