from __future__ import annotations

import numpy as np
import pytest
import torch

from handorient.propel.features import edges, feature_maps
from handorient.propel.network import NetworkConfig, OrientationNet, build_network


def test_each_block_halves_the_side_and_the_last_one_is_what_the_layers_above_get():
    config = NetworkConfig(input="colour", size=64, channels=(4, 6, 8, 10))
    net = OrientationNet(config).eval()
    picture = np.random.default_rng(0).integers(0, 256, (3, 64, 64), np.uint8)
    maps = feature_maps(net, picture)
    assert [m.shape for m in maps] == [(4, 32, 32), (6, 16, 16), (8, 8, 8), (10, 4, 4)]
    assert all((m >= 0).all() for m in maps)
    seen = []
    net.hidden.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    with torch.inference_mode():
        net(torch.from_numpy(picture[None]))
    assert seen[0][0].numpy() == pytest.approx(maps[-1].ravel(), abs=1e-5)


def test_of_an_ensemble_the_first_member_is_seen():
    net = build_network(NetworkConfig(size=32, channels=(4, 6), members=3)).eval()
    picture = np.random.default_rng(0).integers(0, 256, (1, 32, 32), np.uint8)
    for found, expected in zip(
        feature_maps(net, picture), feature_maps(net.members[0], picture), strict=True
    ):
        np.testing.assert_array_equal(found, expected)


def test_a_shrinking_network_s_maps_begin_at_the_smaller_side():
    net = OrientationNet(NetworkConfig(size=64, shrink=2, channels=(4, 4))).eval()
    maps = feature_maps(net, np.zeros((1, 64, 64), np.uint8))
    assert [m.shape[1] for m in maps] == [16, 8]


def test_the_edge_filters_answer_to_their_own_edges_only():
    picture = np.zeros((1, 20, 20), np.uint8)
    picture[:, :, 10:] = 255
    vertical, horizontal = edges(picture)
    assert vertical.shape == (18, 18)
    assert vertical.max() == pytest.approx(1.0) and np.abs(horizontal).max() < 1e-6
    turned_vertical, turned_horizontal = edges(np.ascontiguousarray(255 - picture.transpose(0, 2, 1)))
    assert turned_horizontal.min() == pytest.approx(-1.0) and np.abs(turned_vertical).max() < 1e-6
