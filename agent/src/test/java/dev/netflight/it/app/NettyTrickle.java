package dev.netflight.it.app;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.concurrent.TimeUnit;

/**
 * Hands an event loop little at a time, and reads nothing. Arguments: a server's address and port. Lines: {@code trickle N} N
 * times 8 bytes. Prints {@code done} and the line after each. Ends with its input.
 */
public final class NettyTrickle {
    private NettyTrickle() {}

    public static void main(String[] args) throws Exception {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            Channel channel = new Bootstrap().group(loop).channel(NioSocketChannel.class).option(ChannelOption.AUTO_READ, false)
                    .handler(new ChannelInboundHandlerAdapter()).connect(args[0], Integer.parseInt(args[1])).sync().channel();
            System.out.println("ready");
            var input = new BufferedReader(new InputStreamReader(System.in));
            for (String line = input.readLine(); line != null; line = input.readLine()) {
                trickle(channel, Integer.parseInt(line.substring("trickle ".length())));
                System.out.println("done " + line);
            }
        } finally {
            loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    private static void trickle(Channel channel, int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            channel.writeAndFlush(Unpooled.copyLong(i)).sync();
        }
    }
}
