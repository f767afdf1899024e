// The networks of the zoo, one function each: they call the builder from input to softmax and
// return the output.
#pragma once

#include "zoo/builder.h"

namespace thimble::zoo {

// LeNet of Heim 2021: average pooling, ReLU, 32 x 32 x 1.
ir::TensorId lenet(Builder& builder);

// ResNet-20 version 1 for CIFAR-10 (He et al. 2016, section 4.2), 32 x 32 x 3, with 1x1
// convolutions where the shape changes.
ir::TensorId resnet20(Builder& builder);

// Conv-N of Profentzas et al. 2021: two convolutions of N filters on images of `size` x `size`.
ir::TensorId conv_n(Builder& builder, int32_t filters, int32_t size, int32_t channels);

// MobileNet version 1 (Howard et al. 2017): width multiplier and square images.
ir::TensorId mobilenet_v1(Builder& builder, double width, int32_t resolution);

// AlexNet (Krizhevsky et al. 2012) as one tower, without its response normalization.
ir::TensorId alexnet(Builder& builder, int32_t resolution);

// VGG16 (Simonyan and Zisserman 2015, configuration D).
ir::TensorId vgg16(Builder& builder, int32_t resolution);

}  // namespace thimble::zoo
