package learn

import (
	"math"
	"math/rand/v2"
)

// sample is one text as the trainer sees it.
type sample struct {
	features []uint32
	spam     bool
	weight   float32
}

const (
	epochs    = 6
	rate      = 0.2  // of Adagrad
	shrink    = 1e-4 // pull to zero at each touch of a weight
	clipShare = 1e-4 // of the weights are cut off so that the rest has finer steps
)

// fit learns a linear model by logistic regression with Adagrad (Duchi, Hazan and Singer,
// 2011). The same samples and seed give the same weights on one architecture.
func fit(samples []sample, seed uint64) ([]float32, float32) {
	weights, sums := make([]float32, tableSize), make([]float32, tableSize)
	bias, biasSum := float32(0), float32(1e-6)
	order := make([]int, len(samples))
	for i := range order {
		order[i] = i
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	for range epochs {
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, at := range order {
			s := &samples[at]
			v := unit(len(s.features))
			g := s.slope(dot(weights, s.features)*v + bias)
			biasSum += g * g
			bias -= rate * g / sqrt(biasSum)
			for _, f := range s.features {
				d := g*v + shrink*weights[f]
				sums[f] += d * d
				weights[f] -= rate * d / (sqrt(sums[f]) + 1e-4)
			}
		}
	}
	return weights, bias
}

// slope is the derivative of the loss where the model says z.
func (s *sample) slope(z float32) float32 {
	g := float32(1 / (1 + math.Exp(-float64(z))))
	if s.spam {
		g--
	}
	return g * s.weight
}

func dot(weights []float32, features []uint32) float32 {
	z := float32(0)
	for _, f := range features {
		z += weights[f]
	}
	return z
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }

// calibrate fits log-odds = slope·z + shift to judged samples (Platt, 1999) by Newton's steps.
func calibrate(z []float32, spam []bool) (slope, shift float32) {
	a, b := 1.0, 0.0
	for range 50 {
		var ga, gb, haa, hab, hbb float64
		for i, x := range z {
			x := float64(x)
			p := 1 / (1 + math.Exp(-(a*x + b)))
			d, h := p, p*(1-p)
			if spam[i] {
				d--
			}
			ga, gb = ga+d*x, gb+d
			haa, hab, hbb = haa+h*x*x, hab+h*x, hbb+h
		}
		haa, hbb = haa+1e-6, hbb+1e-6
		det := haa*hbb - hab*hab
		if det < 1e-9 {
			break
		}
		a -= (ga*hbb - gb*hab) / det
		b -= (gb*haa - ga*hab) / det
	}
	return float32(a), float32(b)
}
