"""The talk's network: its size, what it puts out, and that it can be trained."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from handorient.hand.landmarks import GEOMETRY, GUESS
from handorient.mixture import log_density
from handorient.propel import NetworkConfig, OrientationNet, propel_loss
from handorient.propel.network import LEAST_STD, build_network

SMALL = NetworkConfig(size=16, channels=(4, 8), hidden=12)


@pytest.mark.parametrize(("components", "angles"), [(1, 2), (4, 2), (7, 3)])
def test_hand_network_has_the_talks_parameter_count(components: int, angles: int) -> None:
    config = NetworkConfig(
        input="colour", components=components, low_deg=(-90.0,) * angles, high_deg=(90.0,) * angles
    )
    d = 2 * angles * components
    assert OrientationNet(config).parameter_count() == 126_258 + 51 * d


def test_head_network_of_half_the_size_has_the_talks_fifty_thousand() -> None:
    config = NetworkConfig(input="colour", size=64, components=1)
    assert OrientationNet(config).parameter_count() == pytest.approx(5.0e4, rel=0.02)


def test_blocks_have_the_talks_shapes() -> None:
    net = OrientationNet(NetworkConfig(input="colour"))
    x, shapes = torch.rand(2, 3, 128, 128), []
    for layer in net.blocks:
        x = layer(x)
        if isinstance(layer, torch.nn.MaxPool2d):
            shapes.append(tuple(x.shape[1:]))
    assert shapes == [(16, 64, 64), (32, 32, 32), (32, 16, 16), (32, 8, 8)]


def test_pooling_before_relu_changes_nothing() -> None:
    net = OrientationNet(SMALL).eval()
    with torch.no_grad():
        for layer in net.blocks:
            if isinstance(layer, torch.nn.BatchNorm2d):
                layer.weight.uniform_(-1, 1)
    talk = torch.nn.Sequential()
    for start in range(0, len(net.blocks), 4):
        conv, norm, pool, relu = net.blocks[start : start + 4]
        talk.extend([conv, norm, relu, pool])
    x = torch.rand(3, 1, 16, 16)
    torch.testing.assert_close(net.blocks(x), talk(x))


@pytest.mark.parametrize("kind", ["silhouette", "colour"])
def test_output_is_means_and_deviations_in_the_unit_range(kind: str) -> None:
    config = NetworkConfig(input=kind, size=16, channels=(4, 8), components=3)
    output = OrientationNet(config)(torch.rand(5, *config.input_shape))
    assert output.shape == (5, 3, 4)
    assert (output > 0).all() and (output < 1).all()


def test_deviations_never_collapse_however_sure_the_network_is() -> None:
    net = OrientationNet(SMALL).eval()
    with torch.no_grad():
        net.output.bias.view(4, 4)[:, 2:] = -200.0
    output = net(torch.rand(2, 1, 16, 16))
    assert output[..., 2:].min() >= LEAST_STD
    loss = propel_loss(output, torch.rand(2, 2), 0.03)
    loss.backward()
    assert all(torch.isfinite(p.grad).all() for p in net.parameters())


def test_bytes_and_fractions_of_the_same_picture_agree() -> None:
    net = OrientationNet(SMALL).eval()
    picture = torch.randint(0, 256, (2, 1, 16, 16), dtype=torch.uint8)
    torch.testing.assert_close(net(picture), net(picture.float() / 255))


def test_half_precision_blocks_end_in_single_precision() -> None:
    net = OrientationNet(SMALL).eval()
    x = torch.rand(4, 1, 16, 16)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        output = net(x)
    assert output.dtype == torch.float32
    torch.testing.assert_close(output, net(x), rtol=0, atol=0.02)


def test_pictures_of_another_shape_are_refused() -> None:
    with pytest.raises(ValueError, match="the input must be"):
        OrientationNet(SMALL)(torch.rand(2, 3, 16, 16))


def test_units_and_radians_are_inverse() -> None:
    config = NetworkConfig(low_deg=(-90, -45), high_deg=(90, 45))
    angles_deg = np.array([[-90.0, 45.0], [30.0, -15.0]])
    unit = config.to_unit(angles_deg)
    np.testing.assert_allclose(unit[0], [0, 1])
    mean, std = config.to_rad(np.concatenate([unit, np.full_like(unit, 0.1)], 1))
    np.testing.assert_allclose(np.degrees(mean), angles_deg, atol=1e-5)
    np.testing.assert_allclose(np.degrees(std), [[18, 9]] * 2, rtol=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": "depth"},
        {"size": 100},
        {"components": 0},
        {"low_deg": (-90.0,)},
        {"low_deg": (90.0, 90.0)},
        {"sigma_deg": 0.0},
    ],
)
def test_impossible_networks_are_refused(wrong: dict) -> None:
    with pytest.raises(ValueError):
        NetworkConfig(**wrong)


def test_training_learns_two_hypotheses_from_a_picture_that_does_not_settle_it() -> None:
    """A bar's length tells |azimuth|; its sign is a coin's toss."""
    torch.manual_seed(0)
    net = OrientationNet(NetworkConfig(size=16, channels=(4, 8), hidden=16, components=2, sigma_deg=9.0))

    def bars(angle_deg: torch.Tensor) -> torch.Tensor:
        length = 16 * (angle_deg.abs() / 90).view(-1, 1, 1, 1)
        return (torch.arange(16).view(1, 1, 1, 16) < length).float().expand(-1, 1, 16, -1)

    steps = torch.optim.Adam(net.parameters(), lr=0.01)
    for _ in range(250):
        azimuth = torch.rand(64) * 160 - 80
        target = torch.from_numpy(net.config.to_unit(torch.stack([azimuth, 0 * azimuth], 1).numpy()))
        steps.zero_grad()
        propel_loss(net(bars(azimuth)), target, 9 / 180).backward()
        steps.step()
    mean, _ = net.eval().config.to_rad(net(bars(torch.tensor([45.0]))).detach().numpy())
    np.testing.assert_allclose(np.sort(np.degrees(mean[0, :, 0])), [-45, 45], atol=10)
    np.testing.assert_allclose(np.degrees(mean[0, :, 1]), [0, 0], atol=10)


def test_each_side_of_the_hand_has_components_of_its_own() -> None:
    config = NetworkConfig(size=16, channels=(4, 8), components=3, sides=2)
    output = OrientationNet(config)(torch.zeros(2, 1, 16, 16))
    assert output.shape == (2, 6, 4)
    chosen = config.of_side(output, torch.tensor([0, 1]))
    torch.testing.assert_close(chosen[0], output[0, :3])
    torch.testing.assert_close(chosen[1], output[1, 3:])
    with pytest.raises(ValueError, match="1 side or 2"):
        NetworkConfig(sides=3)


def test_an_ensemble_is_the_mean_of_its_members_densities() -> None:
    config = replace(SMALL, components=3, members=2, learned_weights=True)
    net = build_network(config).eval()
    pictures = torch.randint(0, 256, (5, 1, 16, 16), dtype=torch.uint8)
    back = np.full(5, 0.5)

    def density(config: NetworkConfig, output: np.ndarray) -> np.ndarray:
        mean, std = config.to_rad(output)
        return np.exp(log_density(config.weights(back, output), mean, std, np.full((5, 2), 0.3)))

    with torch.inference_mode():
        together = density(config, net(pictures).numpy())
        apart = [density(member.config, member(pictures).numpy()) for member in net.members]
    assert not np.allclose(apart[0], apart[1]), "each begins differently"
    np.testing.assert_allclose(together, np.mean(apart, 0), rtol=1e-4)


def test_members_with_two_sides_share_the_odds_of_the_side() -> None:
    config = replace(SMALL, components=2, members=3, sides=2, side_trust=0.9)
    net = build_network(config).eval()
    said = torch.randn(2, GEOMETRY)
    logits = [member.back_logit(said) for member in net.members]
    torch.testing.assert_close(net.back_logit(said), sum(logits) / 3)
    output = net(torch.zeros(2, 1, 16, 16)).detach().numpy()
    weights = config.weights(np.array([0.7, 1.0]), output).reshape(2, 3, 2, 2)
    palm, back = weights.sum((1, 3)).T
    np.testing.assert_allclose(palm, [0.3, 0.1])
    np.testing.assert_allclose(back, [0.7, 0.9])
    # A member's rows are those that it answers alone, palm first.
    alone = net.members[1](torch.zeros(2, 1, 16, 16)).detach().numpy()
    np.testing.assert_allclose(output[:, 4:8], alone, rtol=1e-6)


def test_members_without_the_guess_do_not_look_at_it() -> None:
    config = NetworkConfig("landmarks", hidden=16, components=3, members=3, without_guess=2)
    net = build_network(config).eval()
    said = torch.randn(4, GEOMETRY)
    otherwise = said.clone()
    otherwise[:, GUESS] = torch.randn(4, 63)
    with torch.inference_mode():
        before, after = net(said), net(otherwise)
        torch.testing.assert_close(before[:, 3:], after[:, 3:])
        assert not torch.isclose(before[:, :3], after[:, :3]).all()
    assert [config.member(k).without_guess for k in range(3)] == [0, 1, 1]
    with pytest.raises(ValueError, match="to all of the members"):
        replace(config, without_guess=4)
    with pytest.raises(ValueError, match="only landmarks"):
        replace(config, input="silhouette")


def test_the_side_is_read_off_what_the_detector_says_and_only_where_there_are_two() -> None:
    torch.manual_seed(0)
    said = torch.randn(3, GEOMETRY)
    odds = build_network(replace(SMALL, sides=2)).eval().back_logit(said)
    assert odds.shape == (3,) and len(odds.unique()) == 3
    for one_sided in (SMALL, replace(SMALL, members=2)):
        assert (build_network(one_sided).eval().back_logit(said) == 0).all()
